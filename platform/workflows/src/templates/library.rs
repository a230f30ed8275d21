//! The templates that every dealership can use. They are files of this crate, compiled in.

use platform_engine::definition::Definition;
use platform_kernel::{Error, Result};
use serde::Deserialize;
use serde_json::Value;

/// Earlier versions, for the workflows that were made from them.
const HISTORY: [&str; 10] = [
    include_str!("../../templates/history/declined-service-follow-up.1.json"),
    include_str!("../../templates/history/fi-document-chase.1.json"),
    include_str!("../../templates/history/lease-end-outreach.1.json"),
    include_str!("../../templates/history/lost-lead-win-back.1.json"),
    include_str!("../../templates/history/missed-call-follow-up.1.json"),
    include_str!("../../templates/history/no-show-rescue.1.json"),
    include_str!("../../templates/history/post-sale-thank-you.1.json"),
    include_str!("../../templates/history/recall-notice.1.json"),
    include_str!("../../templates/history/service-appointment-reminder.1.json"),
    include_str!("../../templates/history/trade-in-offer.1.json"),
];

const FILES: [&str; 13] = [
    include_str!("../../templates/answer-internet-lead.json"),
    include_str!("../../templates/missed-call-follow-up.json"),
    include_str!("../../templates/post-sale-thank-you.json"),
    include_str!("../../templates/service-appointment-reminder.json"),
    include_str!("../../templates/declined-service-follow-up.json"),
    include_str!("../../templates/no-show-rescue.json"),
    include_str!("../../templates/trade-in-offer.json"),
    include_str!("../../templates/aged-inventory-price-review.json"),
    include_str!("../../templates/lease-end-outreach.json"),
    include_str!("../../templates/lost-lead-win-back.json"),
    include_str!("../../templates/morning-lead-list.json"),
    include_str!("../../templates/fi-document-chase.json"),
    include_str!("../../templates/recall-notice.json"),
];

/// A workflow with parameters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub id: String,
    pub version: i32,
    /// What is new in this version, for people who decide about an upgrade.
    #[serde(default)]
    pub release_notes: String,
    pub name: String,
    pub description: String,
    pub category: String,
    /// A lucide icon's name.
    pub icon: String,
    /// JSON Schema of the parameters; every optional one has a default.
    pub parameters_schema: Value,
    /// Refers to the parameters as `parameters.<name>`.
    pub definition: Definition,
}

/// All templates, in the order in which they are shown.
#[derive(Clone, Debug)]
pub struct Library {
    current: Vec<Template>,
    earlier: Vec<Template>,
}

impl Library {
    /// Reads the templates; a broken one is a fault of the build.
    pub fn load() -> Result<Self> {
        Ok(Self {
            current: read(&FILES)?,
            earlier: read(&HISTORY)?,
        })
    }

    /// A library of other templates: the current ones and their earlier versions.
    pub fn of(current: Vec<Template>, earlier: Vec<Template>) -> Self {
        Self { current, earlier }
    }

    /// The latest version of each template.
    pub fn all(&self) -> &[Template] {
        &self.current
    }

    /// The latest version of a template.
    pub fn find(&self, id: &str) -> Option<&Template> {
        self.current.iter().find(|template| template.id == id)
    }

    pub fn find_version(&self, id: &str, version: i32) -> Option<&Template> {
        self.versions(id)
            .find(|template| template.version == version)
    }

    /// The versions of a template, the latest first.
    pub fn versions(&self, id: &str) -> impl Iterator<Item = &Template> {
        let mut found: Vec<&Template> = self.current.iter().chain(&self.earlier).collect();
        found.retain(|template| template.id == id);
        found.sort_by_key(|template| std::cmp::Reverse(template.version));
        found.into_iter()
    }
}

fn read(files: &[&str]) -> Result<Vec<Template>> {
    files
        .iter()
        .map(|file| serde_json::from_str(file).map_err(Error::internal))
        .collect()
}
