//! Steps inside a loop run once for each iteration, and each of these runs has a key of its own:
//! `send[3]` is the step `send` in iteration 3 of its loop, `send[3][1]` with a loop around that
//! one. Outside loops the key is the step's id. Ids hold no `[`.

use std::fmt::Write;

/// The id that the step of the instance `key` has in its definition.
pub fn definition_id(key: &str) -> &str {
    key.split_once('[').map_or(key, |(id, _)| id)
}

/// The iterations that the instance `key` stands in, from 0, the outermost loop's first.
pub fn iterations(key: &str) -> Vec<u32> {
    let parts = key.split('[').skip(1);
    parts
        .filter_map(|part| part.strip_suffix(']')?.parse().ok())
        .collect()
}

/// The key of the step `id` in these iterations.
pub fn key(id: &str, iterations: &[u32]) -> String {
    let mut key = String::with_capacity(id.len() + 6 * iterations.len());
    key.push_str(id);
    for iteration in iterations {
        // Writing to a String cannot fail.
        let _ = write!(key, "[{iteration}]");
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        for (id, path) in [
            ("send", vec![]),
            ("send", vec![3]),
            ("a_b", vec![0, 41, 9_999]),
        ] {
            let key = key(id, &path);
            assert_eq!(definition_id(&key), id);
            assert_eq!(iterations(&key), path);
        }
        assert_eq!(key("send", &[3, 1]), "send[3][1]");
    }
}
