/// A mail with one thing to do.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) greeting: String,
    pub(crate) paragraphs: Vec<String>,
    /// Label and address of the button.
    pub(crate) action: Option<(String, String)>,
    /// Why one got this, and what to do if it was a mistake.
    pub(crate) footnote: String,
}

impl Letter {
    pub(crate) fn text(&self) -> String {
        let mut parts = vec![self.greeting.clone()];
        parts.extend(self.paragraphs.iter().cloned());
        if let Some((label, url)) = &self.action {
            parts.push(format!("{label}:\n{url}"));
        }
        parts.push(format!("--\n{}\nAuterity", self.footnote));
        parts.join("\n\n") + "\n"
    }

    /// Tables and inline styles: what mail programs understand. Nothing is loaded from outside.
    pub(crate) fn html(&self) -> String {
        let subject = escape(&self.subject);
        let preview = escape(self.paragraphs.first().map_or("", String::as_str));
        let body: String = std::iter::once(&self.greeting)
            .chain(&self.paragraphs)
            .map(|text| format!("<p style=\"margin:0 0 16px\">{}</p>", escape(text)))
            .collect();
        let action = self.action.as_ref().map_or_else(String::new, button);
        let footnote = escape(&self.footnote);
        format!(
            "<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
<meta name=\"color-scheme\" content=\"light dark\"><title>{subject}</title></head>
<body style=\"margin:0;padding:0;background:#f5f4f2\">
<div style=\"display:none;max-height:0;overflow:hidden\">{preview}</div>
<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"background:#f5f4f2\"><tr><td align=\"center\" style=\"padding:32px 16px\">
<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"max-width:520px;background:#ffffff;border:1px solid #e5e2dd;border-radius:8px\">
<tr><td style=\"padding:32px;font:16px/24px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#1c1b19\">
<p style=\"margin:0 0 24px;font-weight:600;font-size:18px\">Auterity</p>
{body}{action}
<p style=\"margin:24px 0 0;padding-top:16px;border-top:1px solid #e5e2dd;font-size:13px;line-height:20px;color:#6b6862\">{footnote}</p>
</td></tr></table></td></tr></table></body></html>
"
        )
    }
}

/// The button, and its address in full for programs that show no buttons.
fn button((label, url): &(String, String)) -> String {
    let (label, url) = (escape(label), escape(url));
    format!(
        "<p style=\"margin:8px 0 24px\"><a href=\"{url}\" style=\"display:inline-block;padding:12px 20px;background:#1d4ed8;color:#ffffff;\
text-decoration:none;border-radius:6px;font-weight:600\">{label}</a></p>\
<p style=\"margin:0;font-size:13px;line-height:20px;color:#6b6862\">Or open this address:<br>\
<a href=\"{url}\" style=\"color:#1d4ed8;word-break:break-all\">{url}</a></p>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_typed_is_never_markup() {
        let letter = Letter {
            subject: "<b>".into(),
            greeting: "Hello <script>alert('x')</script> & Co,".into(),
            paragraphs: vec!["\"quoted\"".into()],
            action: Some(("Go".into(), "https://a.example/?a=1&token=x\"y".into())),
            footnote: "</td>".into(),
        };
        let html = letter.html();
        assert!(!html.contains("<script>") && !html.contains("<b>") && !html.contains("x\"y"));
        assert!(html.contains("Hello &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; Co,"));
        assert_eq!(html.matches("</td>").count(), 2);
        assert!(letter.text().contains("https://a.example/?a=1&token=x\"y"));
    }
}
