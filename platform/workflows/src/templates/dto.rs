use super::compare::{Change, Choice};
use super::library::{Library, Template};
use super::link::Linked;
use platform_engine::definition::Definition;
use platform_engine::validate::Finding;
use platform_http::Validate;
use platform_http::body::check_text;
use platform_kernel::error::FieldError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A template of the library.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateView {
    pub id: String,
    pub version: i32,
    pub name: String,
    pub description: String,
    pub category: String,
    /// A lucide icon's name.
    pub icon: String,
    /// JSON Schema of the parameters, with titles, defaults and `x-ui` hints for a form.
    #[schema(value_type = Object)]
    pub parameters_schema: Value,
    pub definition: Definition,
    pub trigger_types: Vec<String>,
    pub step_count: usize,
    /// All versions, the latest first.
    pub versions: Vec<TemplateVersion>,
}

/// One version of a template.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateVersion {
    pub version: i32,
    pub release_notes: String,
}

/// A workflow beside its template.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateLink {
    pub template_id: String,
    pub template_name: String,
    /// The version that the workflow was made from or last upgraded to.
    pub version: i32,
    pub latest_version: i32,
    #[schema(value_type = Object)]
    pub parameters: Value,
    /// What the dealership changed.
    pub overrides: Vec<Change>,
    /// The way to a newer version; `null` when the workflow has the latest one.
    pub upgrade: Option<TemplateUpgrade>,
}

/// What a newer version of a template would change.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateUpgrade {
    pub to_version: i32,
    /// What is new in the versions on the way, the latest first.
    pub release_notes: Vec<TemplateVersion>,
    pub changes: Vec<Change>,
    #[schema(value_type = Object)]
    pub parameters_schema: Value,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpgradeWorkflow {
    /// The latest version unless given.
    #[serde(default)]
    pub to_version: Option<i32>,
    /// Which side stands, by the path of a change or of a whole step (`steps/<id>`); every
    /// conflict needs one.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Choice>)]
    pub resolutions: BTreeMap<String, Choice>,
    /// Parameters to set; the others stay.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<Value>,
}

/// The draft after an upgrade; it is published apart.
#[derive(Debug, Serialize, ToSchema)]
pub struct UpgradedDraft {
    pub version: i32,
    pub draft_revision: i64,
    pub definition: Definition,
    pub findings: Vec<Finding>,
}

impl Validate for UpgradeWorkflow {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl TemplateLink {
    /// The link as it is shown, with the changes of `linked`'s template.
    pub(super) fn of(library: &Library, linked: &Linked<'_>) -> platform_kernel::Result<Self> {
        let (overrides, changes) = linked.differences()?;
        let template = linked.template;
        let on_the_way = library
            .versions(&template.id)
            .filter(|known| (linked.version + 1..=template.version).contains(&known.version))
            .map(TemplateVersion::from);
        let upgrade = (template.version > linked.version).then(|| TemplateUpgrade {
            to_version: template.version,
            release_notes: on_the_way.collect(),
            changes,
            parameters_schema: template.parameters_schema.clone(),
        });
        let latest = library.find(&template.id);
        Ok(Self {
            template_id: template.id.clone(),
            template_name: template.name.clone(),
            version: linked.version,
            latest_version: latest.map_or(template.version, |latest| latest.version),
            parameters: linked.parameters.clone(),
            overrides,
            upgrade,
        })
    }
}

impl From<&Template> for TemplateVersion {
    fn from(template: &Template) -> Self {
        Self {
            version: template.version,
            release_notes: template.release_notes.clone(),
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstantiateTemplate {
    /// Name of the workflow; the template's own unless given.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// What is left out gets its default.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub parameters: Option<Value>,
}

impl Validate for InstantiateTemplate {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if let Some(name) = &self.name {
            check_text(&mut faults, "/name", name, 200);
        }
        faults
    }
}

impl TemplateView {
    pub(super) fn of(library: &Library, template: &Template) -> Self {
        let definition = template.definition.clone();
        let mut trigger_types: Vec<_> = definition
            .triggers
            .iter()
            .map(|trigger| trigger.type_.clone())
            .collect();
        trigger_types.sort_unstable();
        trigger_types.dedup();
        Self {
            id: template.id.clone(),
            version: template.version,
            name: template.name.clone(),
            description: template.description.clone(),
            category: template.category.clone(),
            icon: template.icon.clone(),
            parameters_schema: template.parameters_schema.clone(),
            step_count: definition.steps.len(),
            versions: library
                .versions(&template.id)
                .map(TemplateVersion::from)
                .collect(),
            trigger_types,
            definition,
        }
    }
}
