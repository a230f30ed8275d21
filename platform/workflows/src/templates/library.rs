//! The templates that every dealership can use. They are files of this crate, compiled in.

use platform_engine::definition::Definition;
use platform_kernel::{Error, Result};
use serde::Deserialize;
use serde_json::Value;

const FILES: [&str; 3] = [
    include_str!("../../templates/answer-internet-lead.json"),
    include_str!("../../templates/missed-call-follow-up.json"),
    include_str!("../../templates/post-sale-thank-you.json"),
];

/// A workflow with parameters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub id: String,
    pub version: i32,
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
pub struct Library(Vec<Template>);

impl Library {
    /// Reads the templates; a broken one is a fault of the build.
    pub fn load() -> Result<Self> {
        FILES
            .iter()
            .map(|file| serde_json::from_str(file).map_err(Error::internal))
            .collect::<Result<_>>()
            .map(Self)
    }

    pub fn all(&self) -> &[Template] {
        &self.0
    }

    pub fn find(&self, id: &str) -> Option<&Template> {
        self.0.iter().find(|template| template.id == id)
    }
}
