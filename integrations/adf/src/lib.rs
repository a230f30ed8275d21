//! Reads leads in Auto-lead Data Format (ADF 1.0, 2000), and what can be read of STAR's
//! `ProcessSalesLead`, out of whatever lead providers really send.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may fail loudly"
    )
)]

mod contact;
mod dates;
mod decode;
mod entities;
mod envelope;
mod islands;
mod labels;
mod limits;
mod lookup;
mod markup;
mod nested;
mod parser;
mod plain;
mod prospect;
mod quoted;
mod repair;
mod star;
mod tree;
mod vehicle;

#[cfg(test)]
mod tests;

pub use parser::AdfParser;
