mod cases;
mod dates;
mod documents;
mod limits;
mod random;
mod strangers;

use crate::AdfParser;
use chrono_tz::Tz;
use platform_kernel::ports::{IncomingLead, LeadFault, LeadParser};

/// The dealership's.
const ZONE: Tz = Tz::America__Chicago;

fn parse(document: &[u8]) -> Result<Vec<IncomingLead>, LeadFault> {
    AdfParser.parse(document, Some("application/x-adf+xml"), ZONE)
}

/// The documents in `fixtures/`, by name.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/fixtures");
    let mut all: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    all.sort();
    all
}
