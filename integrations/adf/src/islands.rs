//! Finds the leads' XML in a document that may hold more than that: a mail around it, a wrapper,
//! a second document behind it.

use std::ops::Range;

/// Root elements, in the order in which they are looked for.
pub(crate) const ROOTS: [&str; 3] = ["adf", "processsaleslead", "prospect"];

struct Mark {
    root: usize,
    start: usize,
    end: usize,
    closes: bool,
}

/// Where the lead documents stand; empty if there is none. Document type declarations are passed
/// over as a whole: nothing they declare is ever read.
pub(crate) fn islands(text: &str) -> Vec<Range<usize>> {
    let marks = marks(text);
    let found = (0..ROOTS.len()).map(|root| of_root(text, &marks, root));
    found
        .into_iter()
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn of_root(text: &str, marks: &[Mark], root: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    for mark in marks.iter().filter(|mark| mark.root == root) {
        match (open, mark.closes) {
            (None, false) => open = Some(mark.start),
            // None of the roots nests, so a second one means that the first was never closed.
            (Some(start), false) => {
                found.push(start..mark.start);
                open = Some(mark.start);
            }
            (Some(start), true) => {
                found.push(start..mark.end);
                open = None;
            }
            (None, true) => {}
        }
    }
    found.extend(open.map(|start| start..text.len()));
    found
}

fn marks(text: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut ends = Ends::default();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + found;
        let tail = text.get(start..).unwrap_or_default();
        let inside = marks.last().is_some_and(|mark| !mark.closes);
        at = start + 1;
        if tail.starts_with("<!--") {
            at = ends.comment(text, start).unwrap_or(at);
        } else if inside && has_prefix(tail, "<![CDATA[") {
            at = ends.cdata(text, start).unwrap_or(at);
        } else if is_declaration(tail) {
            at = ends.declaration(text, start).unwrap_or(at);
        } else if let Some((root, closes, length)) = root_tag(tail) {
            let end = start + length;
            marks.push(Mark {
                root,
                start,
                end,
                closes,
            });
        }
    }
    marks
}

/// `<!DOCTYPE` and what else can only stand in one.
pub(crate) fn is_declaration(tail: &str) -> bool {
    let names = [
        "<!DOCTYPE",
        "<!ENTITY",
        "<!ELEMENT",
        "<!ATTLIST",
        "<!NOTATION",
    ];
    names.iter().any(|name| has_prefix(tail, name))
}

pub(crate) fn has_prefix(text: &str, prefix: &str) -> bool {
    let head = text.as_bytes().get(..prefix.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// Remembers that a closing mark does not come any more, so that the search for it is not
/// repeated for every opening one.
#[derive(Default)]
pub(crate) struct Ends {
    no_comment: bool,
    no_cdata: bool,
    no_declaration: bool,
}

impl Ends {
    /// Where the comment that starts at `start` is over.
    pub(crate) fn comment(&mut self, text: &str, start: usize) -> Option<usize> {
        after(text, start + 4, "-->", &mut self.no_comment)
    }

    /// Where the CDATA section that starts at `start` is over.
    pub(crate) fn cdata(&mut self, text: &str, start: usize) -> Option<usize> {
        after(text, start + 9, "]]>", &mut self.no_cdata)
    }

    /// Where the declaration that starts at `start` is over, its internal subset included.
    pub(crate) fn declaration(&mut self, text: &str, start: usize) -> Option<usize> {
        if self.no_declaration {
            return None;
        }
        let end = text.get(start..).and_then(declaration_length);
        self.no_declaration = end.is_none();
        end.map(|length| start + length)
    }
}

/// The bytes of `<!DOCTYPE … [ … ]>`: quotes hide brackets, brackets hide the end.
fn declaration_length(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, quote) {
            (_, Some(open)) if byte == open => quote = None,
            (_, Some(_)) => {}
            (b'"' | b'\'', None) => quote = Some(byte),
            (b'[', None) => depth += 1,
            (b']', None) => depth = depth.saturating_sub(1),
            (b'>', None) if depth == 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn after(text: &str, from: usize, end: &str, none_left: &mut bool) -> Option<usize> {
    if *none_left {
        return None;
    }
    let found = text.get(from..).and_then(|rest| rest.find(end));
    *none_left = found.is_none();
    found.map(|at| from + at + end.len())
}

/// Which root the tag opens or closes, and its length.
fn root_tag(tail: &str) -> Option<(usize, bool, usize)> {
    let (closes, name) = match tail.strip_prefix("</") {
        Some(name) => (true, name),
        None => (false, tail.strip_prefix('<')?),
    };
    let length = name
        .bytes()
        .take(80)
        .take_while(|byte| is_name(*byte))
        .count();
    let full = name.get(..length)?;
    let local = full.rsplit(':').next()?;
    let root = ROOTS
        .iter()
        .position(|root| local.eq_ignore_ascii_case(root))?;
    let rest = name.get(length..)?;
    if !rest.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/' || c == '<') {
        return (rest.is_empty() && closes).then_some((root, closes, tail.len()));
    }
    let spaces = rest.len() - rest.trim_start().len();
    let ending = usize::from(rest.trim_start().starts_with('>'));
    Some((root, closes, tail.len() - rest.len() + spaces + ending))
}

pub(crate) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte)
}
