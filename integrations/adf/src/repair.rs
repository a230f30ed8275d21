//! Turns what providers send into XML that a parser takes: stray `<` and `&` become text, names
//! lose prefix and case, attributes get their quotes. Lines stay where they were. One pass, no
//! step back: the time is linear in the length.

use crate::entities::{reference, resolve};
use crate::islands::{Ends, has_prefix, is_declaration, is_name};
use crate::limits::{Fault, MOST_ATTRIBUTES, fault, line_of};

pub(crate) fn repair(text: &str) -> Result<String, Fault> {
    let mut repairer = Repairer {
        text,
        out: String::with_capacity(text.len() + text.len() / 8),
        ends: Ends::default(),
    };
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + found;
        repairer.characters(text.get(at..start).unwrap_or_default());
        at = repairer.markup(start)?;
    }
    repairer.characters(text.get(at..).unwrap_or_default());
    Ok(repairer.out)
}

struct Repairer<'a> {
    text: &'a str,
    out: String,
    ends: Ends,
}

impl Repairer<'_> {
    /// Handles what begins with the `<` at `start`; returns where to go on.
    fn markup(&mut self, start: usize) -> Result<usize, Fault> {
        let tail = self.text.get(start..).unwrap_or_default();
        let next = if tail.starts_with("<!--") {
            let end = self.ends.comment(self.text, start);
            end.inspect(|end| self.breaks(start, *end))
        } else if has_prefix(tail, "<![CDATA[") {
            Some(self.cdata(start))
        } else if is_declaration(tail) {
            let end = self.ends.declaration(self.text, start);
            end.inspect(|end| self.breaks(start, *end))
        } else if tail.starts_with("<?") {
            let stop = tail.get(2..).and_then(|rest| rest.find(['>', '<']));
            let end = stop.map(|stop| start + 2 + stop + 1);
            let end = end.filter(|end| self.text.get(..*end).is_some_and(|t| t.ends_with('>')));
            end.inspect(|end| self.breaks(start, *end))
        } else if tail.starts_with("</") {
            self.end_tag(start, tail)
        } else {
            self.start_tag(start, tail)?
        };
        Ok(next.unwrap_or_else(|| {
            self.out.push_str("&lt;");
            start + 1
        }))
    }

    fn cdata(&mut self, start: usize) -> usize {
        let from = start + "<![CDATA[".len();
        let Some(end) = self.ends.cdata(self.text, start) else {
            return from;
        };
        let inner = self.text.get(from..end - 3).unwrap_or_default();
        inner
            .chars()
            .for_each(|character| escape(&mut self.out, character));
        end
    }

    fn end_tag(&mut self, start: usize, tail: &str) -> Option<usize> {
        let (name, length) = name(tail.get(2..)?)?;
        let rest = tail.get(2 + length..)?;
        let stop = rest.find(['>', '<']).unwrap_or(rest.len());
        let closed = usize::from(rest.get(stop..).is_some_and(|rest| rest.starts_with('>')));
        let end = start + 2 + length + stop + closed;
        self.out.push_str("</");
        self.out.push_str(&name);
        self.breaks(start, end);
        self.out.push('>');
        Some(end)
    }

    fn start_tag(&mut self, start: usize, tail: &str) -> Result<Option<usize>, Fault> {
        let Some((name, length)) = tail.get(1..).and_then(name) else {
            return Ok(None);
        };
        let rest = tail.get(1 + length..).unwrap_or_default();
        if !rest.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/') {
            return Ok(None);
        }
        let Some(stop) = tag_end(rest) else {
            return Ok(None);
        };
        let inner = rest.get(..stop).unwrap_or_default();
        let end = start + 1 + length + stop + 1;
        self.out.push('<');
        self.out.push_str(&name);
        if self.attributes(inner) > MOST_ATTRIBUTES {
            let message = format!("an element has more than {MOST_ATTRIBUTES} attributes");
            return Err(fault(line_of(self.text, start), message));
        }
        self.breaks(start, end);
        self.out
            .push_str(if inner.ends_with('/') { "/>" } else { ">" });
        Ok(Some(end))
    }

    /// Writes the attributes and says how many there were.
    fn attributes(&mut self, inner: &str) -> usize {
        let mut rest = inner;
        let mut count = 0;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "/\"'=".contains(c));
            if rest.is_empty() || count > MOST_ATTRIBUTES {
                return count;
            }
            let stop = rest
                .find(|c: char| c.is_whitespace() || c == '=')
                .unwrap_or(rest.len());
            let (raw, after) = rest.split_at(stop);
            let (value, after) = value(after);
            rest = after;
            count += 1;
            let Some((name, _length)) = name(raw).filter(|_| !has_prefix(raw, "xmlns")) else {
                continue;
            };
            self.out.push(' ');
            self.out.push_str(&name);
            self.out.push_str("=\"");
            let value = resolve(value);
            value
                .chars()
                .for_each(|c| escape(&mut self.out, if c == '\n' { ' ' } else { c }));
            self.out.push('"');
        }
    }

    fn characters(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            let (before, tail) = rest.split_at(at);
            before
                .chars()
                .for_each(|character| escape(&mut self.out, character));
            let (characters, length) = reference(tail).unwrap_or(("&".into(), 1));
            characters
                .chars()
                .for_each(|character| escape(&mut self.out, character));
            rest = tail.get(length..).unwrap_or_default();
        }
        rest.chars()
            .for_each(|character| escape(&mut self.out, character));
    }

    /// Keeps the line breaks of what is left out or written anew.
    fn breaks(&mut self, from: usize, to: usize) {
        let text = self.text.get(from..to).unwrap_or_default();
        let breaks = text.bytes().filter(|byte| *byte == b'\n').count();
        self.out.extend(std::iter::repeat_n('\n', breaks));
    }
}

/// Writes a character so that it is text. Control characters have no place in XML (§2.2), and
/// U+0000 none in the database.
fn escape(out: &mut String, character: char) {
    match character {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\n' | '\t' => out.push(character),
        '\u{fffe}' | '\u{ffff}' => {}
        _ if character.is_control() => {}
        _ => out.push(character),
    }
}

/// The name at the start of `text` in lower case and without its prefix, and its length.
fn name(text: &str) -> Option<(String, usize)> {
    let length = text.bytes().take_while(|byte| is_name(*byte)).count();
    let full = text.get(..length)?;
    let local = full.rsplit(':').next()?;
    let starts_well = local.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (starts_well && length <= 200).then(|| (local.to_ascii_lowercase(), length))
}

/// Where the tag's `>` stands in what follows its name. A `<` comes in no tag, so that an
/// unclosed quote ends at the first `>` that it swallowed.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    let mut swallowed = None;
    let mut after_equals = false;
    for (at, byte) in rest.bytes().enumerate() {
        match (byte, quote) {
            (b'<', _) => break,
            (b'>', None) => return Some(at),
            (b'>', Some(_)) => swallowed = swallowed.or(Some(at)),
            (b'"' | b'\'', None) if after_equals => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            _ => {}
        }
        after_equals = byte == b'=' || (after_equals && byte.is_ascii_whitespace());
    }
    swallowed
}

/// The value after an attribute's name, if there is one, and the rest.
fn value(after: &str) -> (&str, &str) {
    let Some(text) = after.trim_start().strip_prefix('=') else {
        return ("", after);
    };
    let text = text.trim_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted
                .split_once(quote)
                .unwrap_or((quoted.trim_end_matches('/'), ""));
        }
    }
    let stop = text.find(char::is_whitespace).unwrap_or(text.len());
    let (value, rest) = text.split_at(stop);
    (value.strip_suffix('/').unwrap_or(value), rest)
}
