use crate::decode::decode;
use crate::entities::resolve;
use crate::islands::islands;
use crate::limits::{DEEPEST, MOST_DOCUMENTS, MOST_ELEMENTS, line_of, refused};
use crate::repair::repair;
use crate::tree::{Document, Element};
use crate::{prospect, star, tree};
use platform_kernel::ports::{IncomingLead, LeadFault, LeadParser, LeadWarning};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::ops::Range;

/// Reads ADF 1.0 and what resembles it. Holds nothing; the same bytes give the same leads.
#[derive(Clone, Copy, Debug, Default)]
pub struct AdfParser;

/// How far into a document its kind is looked for.
const HEAD: usize = 64 * 1024;

impl LeadParser for AdfParser {
    fn parse(
        &self,
        document: &[u8],
        content_type: Option<&str>,
    ) -> Result<Vec<IncomingLead>, LeadFault> {
        let mut text = decode(document, content_type)?;
        let mut found = islands(&text)?;
        // Some mails carry their XML escaped, as text for people to read.
        if found.is_empty() && text.to_ascii_lowercase().contains("&lt;adf") {
            text = resolve(&text);
            found = islands(&text)?;
        }
        if found.is_empty() {
            return Err(no_lead(&text));
        }
        let mut budget = MOST_ELEMENTS;
        let mut leads = Vec::new();
        if let Some(island) = found.get(MOST_DOCUMENTS) {
            let message = format!("there are more than {MOST_DOCUMENTS} documents in it");
            return Err(refused(line_of(&text, island.start), message));
        }
        let (mut line, mut counted) = (1, 0);
        for island in found {
            line += line_of(
                text.get(counted..).unwrap_or_default(),
                island.start - counted,
            ) - 1;
            counted = island.start;
            leads.extend(read_island(&text, island, line, &mut budget)?);
        }
        if leads.is_empty() {
            return Err(LeadFault::NotALead(
                "it holds no prospect with anything in it".to_owned(),
            ));
        }
        Ok(leads)
    }

    fn recognises(&self, document: &[u8], content_type: Option<&str>) -> bool {
        let kind = content_type.unwrap_or_default().to_ascii_lowercase();
        if kind.contains("adf") || kind.contains("xml") {
            return true;
        }
        let head = document.get(..HEAD).unwrap_or(document);
        let Ok(text) = decode(head, content_type) else {
            return false;
        };
        if text.trim_start().starts_with(['{', '[']) {
            return false;
        }
        let lower = text.to_ascii_lowercase();
        ["<?adf", "&lt;adf"].iter().any(|mark| lower.contains(mark))
            || islands(&text).is_ok_and(|found| !found.is_empty())
    }
}

fn read_island(
    text: &str,
    island: Range<usize>,
    line: u64,
    budget: &mut usize,
) -> Result<Vec<IncomingLead>, LeadFault> {
    let raw = text.get(island).unwrap_or_default();
    let repaired = repair(raw).map_err(|fault| match fault {
        LeadFault::Refused {
            line: inner,
            message,
        } => refused(line + inner - 1, message),
        other => other,
    })?;
    let Document { root, complete } = tree::read(&repaired, budget, line)?;
    let mut leads = of_root(&root);
    if !complete && let Some(last) = leads.last_mut() {
        last.warnings.push(LeadWarning {
            place: "document".to_owned(),
            message: "it ends before all of its elements are closed".to_owned(),
        });
    }
    Ok(leads)
}

fn of_root(document: &Element) -> Vec<IncomingLead> {
    if let Some(root) = document.first(&["processsaleslead"]) {
        return star::read(root).into_iter().collect();
    }
    let mut prospects = Vec::new();
    document.within(&["prospect"], &mut prospects);
    if !prospects.is_empty() {
        return prospects.into_iter().filter_map(prospect::read).collect();
    }
    let bare = document
        .first(&["adf"])
        .filter(|adf| adf.first(&["customer", "vehicle"]).is_some());
    let lead = bare.and_then(prospect::read).map(|mut lead| {
        lead.warnings.push(LeadWarning {
            place: "adf".to_owned(),
            message: "there is no prospect element around the lead".to_owned(),
        });
        lead
    });
    lead.into_iter().collect()
}

/// A document without any of the known roots: told apart is other XML, which somebody may want
/// to read, from what is none.
fn no_lead(text: &str) -> LeadFault {
    match well_formed(text) {
        Ok(root) => LeadFault::NotALead(format!("its root element is {root}")),
        Err(fault) => fault,
    }
}

fn well_formed(text: &str) -> Result<String, LeadFault> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim());
    let skipped = text.len() - text.trim_start().len();
    let mut root: Option<String> = None;
    let (mut depth, mut elements) = (0_usize, 0_usize);
    loop {
        let event = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let fault = |message: &str| refused(line_of(text, skipped + at), message);
        match event.map_err(|error| fault(&format!("not XML: {error}")))? {
            Event::Start(start) => {
                begin(&mut root, start.name().into_inner(), depth).map_err(&fault)?;
                depth += 1;
                elements += 1;
            }
            Event::Empty(start) => {
                begin(&mut root, start.name().into_inner(), depth).map_err(&fault)?;
                elements += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Text(text) if depth == 0 && !text.trim().is_empty() => {
                return Err(fault("not XML: there is text outside of the root element"));
            }
            Event::Eof => break,
            _ => {}
        }
        if elements > MOST_ELEMENTS {
            return Err(fault(&format!(
                "there are more than {MOST_ELEMENTS} elements"
            )));
        }
    }
    let end = |message: &str| refused(line_of(text, text.len()), message);
    if depth > 0 {
        return Err(end(
            "not XML: it ends before all of its elements are closed",
        ));
    }
    root.ok_or_else(|| end("not XML: there is no element in it"))
}

fn begin(root: &mut Option<String>, name: &str, depth: usize) -> Result<(), &'static str> {
    if depth >= DEEPEST {
        return Err("elements are nested too deeply");
    }
    if depth == 0 && root.is_some() {
        return Err("not XML: it has more than one root element");
    }
    if root.is_none() {
        *root = Some(name.chars().take(100).collect());
    }
    Ok(())
}
