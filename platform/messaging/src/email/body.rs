//! The HTML of a mail that was written as text.

/// A plain and readable HTML mail: paragraphs as in the text, addresses as links, everything
/// else exactly as written.
pub fn html_of(text: &str) -> String {
    let paragraphs: String = text
        .split("\n\n")
        .map(|paragraph| paragraph.trim_matches('\n'))
        .filter(|paragraph| !paragraph.trim().is_empty())
        .map(|paragraph| {
            let lines: Vec<String> = paragraph.lines().map(line).collect();
            format!(
                "<p style=\"margin:0 0 16px\">{}</p>\n",
                lines.join("<br>\n")
            )
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n</head>\n\
         <body style=\"margin:0;padding:24px;background:#ffffff\">\n\
         <div style=\"max-width:600px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;\
         font-size:16px;line-height:1.5;color:#1f1d1a\">\n{paragraphs}</div>\n</body>\n</html>\n"
    )
}

/// One line with its web addresses as links.
fn line(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(start) = ["https://", "http://"]
        .iter()
        .filter_map(|s| rest.find(s))
        .min()
    {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|c: char| c.is_whitespace() || "<>\"'".contains(c))
            .unwrap_or(from.len());
        let (address, _) = from.split_at(end);
        let address = address.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
        let (_, after) = from.split_at(address.len());
        let escaped = escape(address);
        html.push_str(&escape(before));
        html += &format!("<a href=\"{escaped}\" style=\"color:#1a56b0\">{escaped}</a>");
        rest = after;
    }
    html.push_str(&escape(rest));
    html
}

/// Text in which no character means anything to a browser.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_says_exactly_what_the_text_says() {
        let html =
            html_of("Hi <b>Ann</b>,\nwe have it & more.\n\nSee https://acme.example/a?x=1&y=\"2.");
        assert!(html.contains("Hi &lt;b&gt;Ann&lt;/b&gt;,<br>\nwe have it &amp; more.</p>"));
        assert!(html.contains("<a href=\"https://acme.example/a?x=1&amp;y=\" "));
        assert!(html.contains("</a>&quot;2.</p>"));
        assert!(!html.contains("<b>"));
    }

    #[test]
    fn a_full_stop_is_no_part_of_an_address() {
        let html = line("Book at https://acme.example/test-drive.");
        assert!(html.contains("href=\"https://acme.example/test-drive\""));
        assert!(html.ends_with("</a>."));
    }
}
