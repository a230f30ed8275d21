//! A small tree of elements, built from the parser's events within limits.

use crate::limits::{
    DEEPEST, Fault, LONGEST_COMMENT, LONGEST_VALUE, MOST_ELEMENTS, fault, line_of,
};
use crate::lookup::{cannot_hold, closes_itself, is_leaf};
use crate::markup;
use platform_kernel::text::is_filler;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    nodes: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Element(Element),
    Text(String),
}

pub(crate) struct Document {
    /// Without a name; the real root is its child.
    pub(crate) root: Element,
    /// Whether every element was closed.
    pub(crate) complete: bool,
}

/// Reads repaired XML. `budget` is how many elements may still come, `line` where it begins.
pub(crate) fn read(xml: &str, budget: &mut usize, line: u64) -> Result<Document, Fault> {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut stack = vec![Element::default()];
    loop {
        let event = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(xml.len());
        let fault = |message: String| fault(line + line_of(xml, at) - 1, message);
        match event.map_err(|error| fault(format!("not XML: {error}")))? {
            Event::Start(start) => {
                open(&mut stack, element(&start), budget).map_err(fault)?;
            }
            Event::Empty(start) => {
                open(&mut stack, element(&start), budget).map_err(fault)?;
                close(&mut stack);
            }
            Event::End(end) => end_of(&mut stack, end.name().into_inner()),
            Event::Text(text) => add_text(&mut stack, &text.into_inner()),
            Event::GeneralRef(name) => {
                let text = format!("&{};", name.into_inner());
                add_text(&mut stack, &crate::entities::resolve(&text));
            }
            // What a document type declares is never read.
            Event::DocType(_) => {}
            Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    let complete = stack.len() == 1;
    // A value that the end cut off is none: half a mail address reaches somebody else.
    if let Some(top) = stack.last_mut().filter(|top| is_leaf(&top.name)) {
        top.nodes.clear();
    }
    while stack.len() > 1 {
        close(&mut stack);
    }
    let root = stack.pop().unwrap_or_default();
    Ok(Document { root, complete })
}

fn element(start: &BytesStart<'_>) -> Element {
    let mut attributes = start.attributes();
    let attributes = attributes.with_checks(false).flatten().map(|attribute| {
        let value = crate::entities::resolve(&attribute.value);
        (attribute.key.into_inner().to_owned(), value)
    });
    Element {
        name: start.name().into_inner().to_owned(),
        attributes: attributes.collect(),
        nodes: Vec::new(),
    }
}

fn open(stack: &mut Vec<Element>, element: Element, budget: &mut usize) -> Result<(), String> {
    let void = closes_itself(&element.name);
    while stack
        .last()
        .is_some_and(|top| cannot_hold(&top.name, &element.name))
    {
        close(stack);
    }
    *budget = budget
        .checked_sub(1)
        .ok_or_else(|| format!("there are more than {MOST_ELEMENTS} elements"))?;
    if stack.len() > DEEPEST {
        return Err(format!("elements are nested deeper than {DEEPEST}"));
    }
    stack.push(element);
    if void {
        close(stack);
    }
    Ok(())
}

fn close(stack: &mut Vec<Element>) {
    if stack.len() > 1
        && let Some(done) = stack.pop()
        && let Some(parent) = stack.last_mut()
    {
        parent.nodes.push(Node::Element(done));
    }
}

/// Closes up to the element that the tag names; a tag that closes nothing is passed over.
fn end_of(stack: &mut Vec<Element>, name: &str) {
    if stack.iter().skip(1).any(|open| open.name == name) {
        while stack.last().is_some_and(|top| top.name != name) {
            close(stack);
        }
        close(stack);
    }
}

fn add_text(stack: &mut [Element], text: &str) {
    if let Some(top) = stack.last_mut() {
        if let Some(Node::Text(before)) = top.nodes.last_mut() {
            before.push_str(text);
        } else {
            top.nodes.push(Node::Text(text.to_owned()));
        }
    }
}

impl Element {
    /// The attribute's value, unless it is blank.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The children with one of these names.
    pub(crate) fn all<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a Element> {
        self.children()
            .filter(|child| names.contains(&child.name.as_str()))
    }

    pub(crate) fn first(&self, names: &[&str]) -> Option<&Element> {
        self.children()
            .find(|child| names.contains(&child.name.as_str()))
    }

    /// The first element with one of these names at any depth, blank ones excepted.
    pub(crate) fn find(&self, names: &[&str]) -> Option<&Element> {
        let mut found = Vec::new();
        self.within(names, &mut found);
        found.into_iter().find(|element| !element.is_blank())
    }

    /// The text of the first child with one of these names that has any.
    pub(crate) fn value(&self, names: &[&str]) -> Option<String> {
        self.all(names).find_map(Element::text)
    }

    /// All elements with one of these names below this one, but none inside another.
    pub(crate) fn within<'a>(&'a self, names: &[&str], found: &mut Vec<&'a Element>) {
        for child in self.children() {
            if names.contains(&child.name.as_str()) {
                found.push(child);
            } else {
                child.within(names, found);
            }
        }
    }

    /// Takes the elements of the root that stand beside its only prospect into it: some providers
    /// close the prospect before the vendor, or around the customer alone.
    pub(crate) fn adopt(&mut self, root: &str, child: &str) {
        let Some(root) = self.first_mut(root) else {
            return;
        };
        let only = root.all(&[child]).count() == 1;
        if !only || root.children().count() == 1 {
            return;
        }
        let (own, beside): (Vec<Node>, Vec<Node>) = std::mem::take(&mut root.nodes)
            .into_iter()
            .partition(|node| matches!(node, Node::Element(element) if element.name == child));
        root.nodes = own;
        if let Some(only) = root.first_mut(child) {
            only.nodes.extend(beside);
        }
    }

    fn first_mut(&mut self, name: &str) -> Option<&mut Self> {
        self.nodes.iter_mut().find_map(|node| match node {
            Node::Element(element) if element.name == name => Some(element),
            _ => None,
        })
    }

    /// The first text that is not blank, of `names` in their order, at any depth.
    pub(crate) fn anywhere(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| {
            let mut found = Vec::new();
            self.within(&[name], &mut found);
            found.into_iter().find_map(Element::text)
        })
    }

    /// The text on one line, unless it is blank or a filler.
    pub(crate) fn text(&self) -> Option<String> {
        self.written().filter(|text| !is_filler(text))
    }

    /// The text on one line as it was written, unless it is blank.
    pub(crate) fn written(&self) -> Option<String> {
        let raw = self.raw_text(LONGEST_VALUE * 4);
        let raw = markup::plain(&raw);
        let mut text = String::new();
        for word in raw.split_whitespace() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        let text: String = text.chars().take(LONGEST_VALUE).collect();
        (!text.is_empty()).then_some(text)
    }

    /// The text with its line breaks, unless it is blank or a filler.
    pub(crate) fn long_text(&self) -> Option<String> {
        let raw = self.raw_text(LONGEST_COMMENT * 4);
        let raw = markup::plain(&raw);
        let mut text = String::new();
        let mut blank = 0;
        for line in raw.lines().map(str::trim) {
            blank = if line.is_empty() { blank + 1 } else { 0 };
            if blank < 2 && !(line.is_empty() && text.is_empty()) {
                text.push_str(line);
                text.push('\n');
            }
        }
        let text: String = text.trim().chars().take(LONGEST_COMMENT).collect();
        (!text.is_empty() && !is_filler(&text)).then_some(text)
    }

    fn raw_text(&self, limit: usize) -> String {
        let mut text = String::new();
        self.append_text(&mut text, limit);
        text
    }

    fn append_text(&self, text: &mut String, limit: usize) {
        for node in &self.nodes {
            if text.len() > limit {
                return;
            }
            match node {
                Node::Text(part) => text.extend(part.chars().take(limit)),
                Node::Element(element) => {
                    let breaks = crate::lookup::breaks_line(&element.name);
                    if breaks {
                        text.push('\n');
                    }
                    element.append_text(text, limit);
                    if breaks && element.name != "br" {
                        text.push('\n');
                    }
                }
            }
        }
    }

    /// Whether there is any text in it.
    pub(crate) fn is_blank(&self) -> bool {
        self.nodes.iter().all(|node| match node {
            Node::Text(text) => text.trim().is_empty(),
            Node::Element(element) => element.is_blank(),
        })
    }
}
