//! The two forms of a mail's body, each made from the other where only one is given.

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

/// What a reader without HTML gets: the text between the tags, a line for each block.
pub(super) fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, from)) = rest.split_once('<') {
        text += &unescape(&squeeze(before));
        if let Some(comment) = from.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = from.split_once('>') else {
            rest = "";
            break;
        };
        let name: String = tag.chars().take_while(|c| !c.is_whitespace()).collect();
        let name = name.trim_end_matches('/').to_lowercase();
        rest = match name.as_str() {
            "script" | "style" | "head" | "title" => skip(after, &name),
            _ => after,
        };
        match name.trim_start_matches('/') {
            "br" | "li" | "tr" => text.push('\n'),
            "p" | "div" | "h1" | "h2" | "h3" | "h4" | "table" | "ul" | "ol" => text += "\n\n",
            "td" | "th" => text.push(' '),
            _ => {}
        }
    }
    text += &unescape(&squeeze(rest));
    tidy(&text)
}

/// What follows the end of an element whose content nobody reads.
fn skip<'a>(html: &'a str, name: &str) -> &'a str {
    let end = format!("</{name}");
    let found = html.char_indices().find(|(at, _)| {
        let tail = html.get(*at..*at + end.len());
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(&end))
    });
    match found {
        Some((at, _)) => html.get(at..).unwrap_or_default(),
        None => "",
    }
}

/// White space in HTML is one space.
fn squeeze(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_whitespace() {
            squeezed.push(c);
        } else if !squeezed.ends_with(' ') {
            squeezed.push(' ');
        }
    }
    squeezed
}

fn unescape(text: &str) -> String {
    let named = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    named
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// At most one blank line between paragraphs, no spaces around lines.
fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
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

    #[test]
    fn text_is_what_the_html_shows() {
        let html = "<html><head><title>no</title></head><body><style>p{}</style><p>Hi&nbsp;Ann &amp;\n co</p>\
                    <!-- <p>no</p> --><p>a<br/>b</p><ul><li>one</li><li>two</li></ul><script>alert(1)</script></body>";
        assert_eq!(text_of(html), "Hi Ann & co\n\na\nb\n\none\n\ntwo");
        assert_eq!(text_of("plain"), "plain");
        assert_eq!(text_of("broken <p"), "broken");
        assert_eq!(text_of("<script>never closed"), "");
    }
}
