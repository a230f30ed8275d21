use crate::decode::decode;
use crate::entities::resolve;
use crate::envelope::{Letter, open};
use crate::islands::islands;
use crate::limits::{DEEPEST, Fault, MOST_BYTES, MOST_DOCUMENTS, MOST_ELEMENTS, fault, line_of};
use crate::quoted::unquoted;
use crate::repair::repair;
use crate::tree::{Document, Element};
use crate::{plain, prospect, star, tree};
use chrono_tz::Tz;
use platform_kernel::ports::{IncomingLead, LeadFault, LeadParser, LeadWarning};
use platform_kernel::text::Region;
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
        zone: Tz,
    ) -> Result<Vec<IncomingLead>, LeadFault> {
        if document.len() > MOST_BYTES {
            return Err(LeadFault::TooLarge { limit: MOST_BYTES });
        }
        let letters = open(document, content_type);
        let mut reading = Reading::new(zone);
        for letter in &letters {
            reading.take(letter);
        }
        reading.finish(&letters)
    }

    fn recognises(&self, document: &[u8], content_type: Option<&str>) -> bool {
        let kind = content_type.unwrap_or_default().to_ascii_lowercase();
        if kind.contains("adf") || kind.contains("xml") {
            return true;
        }
        let head = document.get(..HEAD).unwrap_or(document);
        let text = decode(head, content_type);
        if text.trim_start().starts_with(['{', '[']) {
            return false;
        }
        let lower = text.to_ascii_lowercase();
        ["<?adf", "&lt;adf"].iter().any(|mark| lower.contains(mark)) || !islands(&text).is_empty()
    }
}

/// What is read of the texts of one document.
struct Reading {
    zone: Tz,
    /// Elements that may still come.
    budget: usize,
    documents: usize,
    leads: Vec<IncomingLead>,
    /// Why a part gave nothing: the first such reason.
    reason: Option<String>,
    /// The lead documents that could not be read.
    broken: Vec<Letter>,
}

impl Reading {
    fn new(zone: Tz) -> Self {
        Self {
            zone,
            budget: MOST_ELEMENTS,
            documents: 0,
            leads: Vec::new(),
            reason: None,
            broken: Vec::new(),
        }
    }

    fn take(&mut self, letter: &Letter) {
        let (text, found) = documents(&letter.text);
        if found.is_empty() {
            let reason = no_lead(&text);
            self.reason.get_or_insert(reason);
            return;
        }
        let before = self.leads.len();
        let (mut line, mut counted) = (1, 0);
        for island in found {
            let since = text.get(counted..).unwrap_or_default();
            line += line_of(since, island.start - counted) - 1;
            counted = island.start;
            self.documents += 1;
            if self.documents > MOST_DOCUMENTS {
                let message = format!("there are more than {MOST_DOCUMENTS} documents in it");
                let rest = text.get(island.start..).unwrap_or_default();
                return self.fail(&fault(line, message), rest, letter);
            }
            let raw = text.get(island).unwrap_or_default();
            match self.island(raw, line) {
                Ok(leads) => self.add(leads, before),
                Err(fault) => self.fail(&fault, raw, letter),
            }
        }
    }

    fn fail(&mut self, fault: &Fault, text: &str, letter: &Letter) {
        let Fault { line, message } = fault;
        self.broken.push(Letter {
            text: text.to_owned(),
            heading: letter.heading.clone(),
        });
        self.reason
            .get_or_insert_with(|| format!("line {line}: {message}"));
    }

    /// Adds leads, except those that another part of the same mail gave already: many senders
    /// attach the document and write it into the text too.
    fn add(&mut self, leads: Vec<IncomingLead>, of_this_part: usize) {
        for lead in leads {
            let earlier = self.leads.iter().take(of_this_part);
            if !earlier.into_iter().any(|known| is_same(known, &lead)) {
                self.leads.push(lead);
            }
        }
    }

    fn island(&mut self, raw: &str, line: u64) -> Result<Vec<IncomingLead>, Fault> {
        let repaired = repair(raw).map_err(|inner| fault(line + inner.line - 1, inner.message))?;
        let Document { root, complete } = tree::read(&repaired, &mut self.budget, line)?;
        let mut leads = of_root(root, self.zone);
        if !complete && let Some(last) = leads.last_mut() {
            last.warnings.push(LeadWarning {
                place: "document".to_owned(),
                message: "it ends before all of its elements are closed".to_owned(),
            });
        }
        Ok(leads)
    }

    fn finish(mut self, letters: &[Letter]) -> Result<Vec<IncomingLead>, LeadFault> {
        if !self.leads.is_empty() && self.broken.is_empty() {
            return Ok(self.leads);
        }
        let unread = match self.broken.is_empty() {
            true => letters,
            false => &self.broken,
        };
        let reason = self.reason.unwrap_or_else(|| match letters.is_empty() {
            true => "it is empty".to_owned(),
            false => "it holds no prospect with anything in it".to_owned(),
        });
        let region = Region::of_time_zone(self.zone.name());
        match plain::read(unread, &reason, region) {
            Some(lead) => self.leads.push(lead),
            None if self.leads.is_empty() => return Err(LeadFault::NotALead(reason)),
            None => {}
        }
        Ok(self.leads)
    }
}

/// The text in which lead documents were found, and where they stand. Some mails carry their XML
/// escaped, as text for people to read, some pages in a comment.
fn documents(text: &str) -> (String, Vec<Range<usize>>) {
    let text = &*unquoted(text);
    let found = islands(text);
    let lower = text.to_ascii_lowercase();
    if !found.is_empty() || !lower.contains("adf") && !lower.contains("prospect") {
        return (text.to_owned(), found);
    }
    let mut unescaped = text.to_owned();
    for _ in 0..2 {
        unescaped = resolve(&unescaped);
        let found = islands(&unescaped);
        if !found.is_empty() {
            return (unescaped, found);
        }
    }
    let uncommented = unescaped.replace("<!--", "    ").replace("-->", "   ");
    let found = islands(&uncommented);
    match found.is_empty() {
        true => (text.to_owned(), found),
        false => (uncommented, found),
    }
}

/// Whether two parts of a mail say the same.
fn is_same(a: &IncomingLead, b: &IncomingLead) -> bool {
    let who = |lead: &IncomingLead| {
        let contact = lead.customer.clone().unwrap_or_default();
        (
            contact.full_name,
            contact.first_name,
            contact.last_name,
            contact.email,
            contact.phones,
        )
    };
    let what = |lead: &IncomingLead| -> Vec<_> {
        let vehicles = lead.vehicles.iter();
        vehicles
            .map(|v| (v.year, v.make.clone(), v.model.clone(), v.vin.clone()))
            .collect()
    };
    a.ids == b.ids && who(a) == who(b) && what(a) == what(b)
}

fn of_root(mut document: Element, zone: Tz) -> Vec<IncomingLead> {
    if let Some(root) = document.first(&["processsaleslead"]) {
        return star::read(root, zone).into_iter().collect();
    }
    document.adopt("adf", "prospect");
    let mut prospects = Vec::new();
    document.within(&["prospect"], &mut prospects);
    if !prospects.is_empty() {
        let prospects = prospects.into_iter();
        return prospects.filter_map(|p| prospect::read(p, zone)).collect();
    }
    let bare = document
        .first(&["adf"])
        .filter(|adf| adf.first(&["customer", "vehicle", "contact"]).is_some());
    let lead = bare
        .and_then(|adf| prospect::read(adf, zone))
        .map(|mut lead| {
            lead.warnings.push(LeadWarning {
                place: "adf".to_owned(),
                message: "there is no prospect element around the lead".to_owned(),
            });
            lead
        });
    lead.into_iter().collect()
}

/// Why a text without any of the known roots holds no lead: other XML or none.
fn no_lead(text: &str) -> String {
    if !text.trim_start().starts_with('<') {
        return "it is no XML document".to_owned();
    }
    match well_formed(text) {
        Ok(root) => format!("its root element is {root}"),
        Err(Fault { line, message }) => format!("line {line}: {message}"),
    }
}
fn well_formed(text: &str) -> Result<String, Fault> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim());
    let skipped = text.len() - text.trim_start().len();
    let mut root: Option<String> = None;
    let (mut depth, mut elements) = (0_usize, 0_usize);
    loop {
        let event = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let failed = |message: &str| fault(line_of(text, skipped + at), message);
        match event.map_err(|error| failed(&format!("not XML: {error}")))? {
            Event::Start(start) => {
                begin(&mut root, start.name().into_inner(), depth).map_err(&failed)?;
                depth += 1;
                elements += 1;
            }
            Event::Empty(start) => {
                begin(&mut root, start.name().into_inner(), depth).map_err(&failed)?;
                elements += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Text(text) if depth == 0 && !text.trim().is_empty() => {
                return Err(failed("not XML: there is text outside of the root element"));
            }
            Event::Eof => break,
            _ => {}
        }
        if elements > MOST_ELEMENTS {
            return Err(failed(&format!(
                "there are more than {MOST_ELEMENTS} elements"
            )));
        }
    }
    let end = |message: &str| fault(line_of(text, text.len()), message);
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
