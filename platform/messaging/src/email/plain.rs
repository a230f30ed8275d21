//! What a reader without HTML gets of a mail that was written as HTML.

/// The text of HTML that was sanitised, and is therefore well formed: a line for each block, links
/// with their address, lists with their marks.
pub(super) fn text_of(html: &str) -> String {
    let mut text = Plain::default();
    let mut rest = html;
    while let Some((before, from)) = rest.split_once('<') {
        text.words(before);
        let Some((tag, after)) = tag(from) else {
            rest = "";
            break;
        };
        text.tag(tag);
        rest = after;
    }
    text.words(rest);
    tidy(&text.written)
}

/// A tag and what follows it; a `>` may stand in an attribute.
fn tag(from: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let end = from.find(|c| {
        quoted ^= c == '"';
        c == '>' && !quoted
    })?;
    Some((from.get(..end)?, from.get(end + 1..)?))
}

#[derive(Default)]
struct Plain {
    written: String,
    /// Addresses of the links that are open, and where their words begin.
    links: Vec<(String, usize)>,
    /// Lists that are open: the number of the next item, or none.
    lists: Vec<Option<u32>>,
    preformatted: bool,
}

impl Plain {
    fn words(&mut self, html: &str) {
        let text = unescape(html);
        if self.preformatted {
            self.written += &text;
        } else {
            self.written += &squeeze(&text);
        }
    }

    fn tag(&mut self, tag: &str) {
        let name = tag
            .split(|c: char| c.is_whitespace())
            .next()
            .unwrap_or_default();
        let name = name.trim_end_matches('/');
        match name {
            "a" => {
                let address = attribute(tag, "href").unwrap_or_default();
                self.links.push((address, self.written.len()));
            }
            "/a" => self.end_link(),
            "ul" | "ol" => {
                let first = attribute(tag, "start").and_then(|n| n.parse().ok());
                self.lists.push((name == "ol").then(|| first.unwrap_or(1)));
                self.block(self.lists.len() == 1);
            }
            "/ul" | "/ol" => {
                self.lists.pop();
                self.block(self.lists.is_empty());
            }
            "li" => self.item(),
            "pre" | "/pre" => {
                self.preformatted = name == "pre";
                self.block(true);
            }
            "img" => self.written += &attribute(tag, "alt").unwrap_or_default(),
            "hr" => self.written += "\n\n---\n\n",
            "br" => self.written.push('\n'),
            "/li" | "/tr" | "dt" | "dd" | "caption" => self.block(false),
            "/td" | "/th" => self.written.push(' '),
            _ if is_block(name.trim_start_matches('/')) => self.block(true),
            _ => {}
        }
    }

    fn block(&mut self, paragraph: bool) {
        if paragraph {
            self.written += "\n\n";
        } else if !self.written.trim_end_matches(' ').ends_with('\n') {
            self.written.push('\n');
        }
    }

    fn item(&mut self) {
        let depth = self.lists.len().saturating_sub(1);
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                let mark = format!("{number}. ");
                *number += 1;
                mark
            }
            _ => "- ".to_owned(),
        };
        self.block(false);
        // Spaces that `tidy` keeps.
        self.written += &format!("{}{mark}", "\u{a0}\u{a0}".repeat(depth));
    }

    /// The address behind the words, unless the words are the address.
    fn end_link(&mut self) {
        let Some((address, start)) = self.links.pop() else {
            return;
        };
        let words = self.written.get(start..).unwrap_or_default().trim();
        let bare = |text: &str| {
            let text = ["mailto:", "tel:", "sms:", "https://", "http://"]
                .iter()
                .find_map(|scheme| text.strip_prefix(scheme))
                .unwrap_or(text);
            text.trim_end_matches('/').to_owned()
        };
        if address.is_empty() || bare(words) == bare(&address) {
            return;
        }
        let gap = if words.is_empty() { "" } else { " " };
        self.written += &format!("{gap}({address})");
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "table"
            | "blockquote"
            | "header"
            | "footer"
            | "article"
            | "aside"
            | "figure"
            | "center"
            | "dl"
    )
}

/// An attribute of a tag as the sanitiser writes it: ` name="value"`.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split_once('"').map(|(value, _)| unescape(value))
}

/// White space in HTML is one space; one that does not break stays.
fn squeeze(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\u{a0}' || !c.is_whitespace() {
            squeezed.push(c);
        } else if !squeezed.ends_with(' ') {
            squeezed.push(' ');
        }
    }
    squeezed
}

/// The entities that the sanitiser writes; all others are characters by then.
fn unescape(text: &str) -> String {
    let named = [
        ("&nbsp;", "\u{a0}"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    named
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// At most one blank line between paragraphs, no spaces around lines but those that do not break.
fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(|line| line.trim_matches([' ', '\t'])) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").replace('\u{a0}', " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::sanitize::sanitize;

    fn text_of(html: &str) -> String {
        super::text_of(&sanitize(html).unwrap())
    }

    #[test]
    fn text_is_what_the_html_shows() {
        let html = "<html><head><title>no</title></head><body><style>p{}</style><p>Hi&nbsp;Ann &amp;\n co</p>\
                    <!-- <p>no</p> --><p>a<br/>b</p><script>alert(1)</script></body>";
        assert_eq!(text_of(html), "Hi Ann & co\n\na\nb");
        assert_eq!(text_of("plain"), "plain");
        assert_eq!(text_of("<script>never closed"), "");
        assert_eq!(
            text_of("&eacute;&euro;&#8217;&amp;lt; 1 &lt; 2"),
            "é€’&lt; 1 < 2"
        );
        assert_eq!(text_of("<p title=\"a>b\">c</p>"), "c");
    }

    #[test]
    fn lists_tables_and_images_can_be_read() {
        let html = "<p>You get:</p><ul><li>one</li><li>two<ol start=3><li>x</li><li>y</li></ol></li></ul><p>Bye</p>";
        assert_eq!(
            text_of(html),
            "You get:\n\n- one\n- two\n  3. x\n  4. y\n\nBye"
        );
        let table = "<table><tr><th>Model</th><th>Year</th></tr><tr><td>RAV4</td><td>2026</td></tr></table>";
        assert_eq!(text_of(table), "Model Year\nRAV4 2026");
        assert_eq!(
            text_of("<img src=\"https://a.example/x\" alt=\"Acme\"> Hi"),
            "Acme Hi"
        );
        assert_eq!(text_of("a<hr>b<pre> x\n  y</pre>"), "a\n\n---\n\nb\n\nx\ny");
    }

    #[test]
    fn a_link_keeps_its_address() {
        assert_eq!(
            text_of("<a href=\"https://acme.example/b?x=1&amp;y=2\">Book <b>now</b></a>."),
            "Book now (https://acme.example/b?x=1&y=2)."
        );
        for html in [
            "<a href=\"https://acme.example/\">acme.example</a>",
            "<a href=\"https://acme.example\">https://acme.example</a>",
            "<a href=\"mailto:a@acme.example\">a@acme.example</a>",
            "<a href=\"javascript:alert(1)\">here</a>",
        ] {
            assert!(!text_of(html).contains('('), "{html}");
        }
    }
}
