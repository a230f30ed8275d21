//! Which step and trigger types there are.

use crate::schema::{self, Schema};
use crate::step::{StepKind, StepTypeInfo, TriggerTypeInfo};
use platform_kernel::{Error, Result};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All step and trigger types of the process; made once at start.
#[derive(Default)]
pub struct StepRegistry {
    steps: BTreeMap<&'static str, StepType>,
    triggers: BTreeMap<&'static str, TriggerType>,
}

/// A step type with its configuration schema compiled.
pub struct StepType {
    pub info: StepTypeInfo,
    pub kind: StepKind,
    pub(crate) config: Arc<Schema>,
    /// Places of the configuration whose templates make HTML.
    pub(crate) html: Vec<String>,
}

/// A trigger type with its configuration schema compiled.
pub struct TriggerType {
    pub info: TriggerTypeInfo,
    pub(crate) config: Schema,
}

impl StepRegistry {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step type; a type registered twice or a schema that does not compile is an error.
    pub fn add_step(&mut self, info: StepTypeInfo, kind: StepKind) -> Result<()> {
        let config = Arc::new(compile(info.type_, &info.config_schema)?);
        let type_ = info.type_;
        let html = schema::html_places(&info.config_schema);
        let entry = StepType {
            info,
            kind,
            config,
            html,
        };
        match self.steps.insert(type_, entry) {
            Some(_) => Err(twice(type_)),
            None => Ok(()),
        }
    }

    /// Adds a trigger type.
    pub fn add_trigger(&mut self, info: TriggerTypeInfo) -> Result<()> {
        let config = compile(info.type_, &info.config_schema)?;
        let type_ = info.type_;
        match self.triggers.insert(type_, TriggerType { info, config }) {
            Some(_) => Err(twice(type_)),
            None => Ok(()),
        }
    }

    /// Adds a trigger type, or says more about one that is there: the slice that serves a trigger
    /// knows its configuration and output best.
    pub fn describe_trigger(&mut self, info: TriggerTypeInfo) -> Result<()> {
        self.triggers.remove(info.type_);
        self.add_trigger(info)
    }

    /// The same step types with other ways to run.
    pub(crate) fn replaced(&self, kind: impl Fn(&StepTypeInfo, &StepKind) -> StepKind) -> Self {
        let replaced = |(type_, entry): (&&'static str, &StepType)| {
            let entry = StepType {
                info: entry.info.clone(),
                kind: kind(&entry.info, &entry.kind),
                config: Arc::clone(&entry.config),
                html: entry.html.clone(),
            };
            (*type_, entry)
        };
        Self {
            steps: self.steps.iter().map(replaced).collect(),
            triggers: BTreeMap::new(),
        }
    }

    pub fn step(&self, type_: &str) -> Option<&StepType> {
        self.steps.get(type_)
    }

    pub fn trigger(&self, type_: &str) -> Option<&TriggerType> {
        self.triggers.get(type_)
    }

    /// Every step type, by name of the type.
    pub fn steps(&self) -> impl Iterator<Item = &StepTypeInfo> {
        self.steps.values().map(|entry| &entry.info)
    }

    /// Every trigger type, by name of the type.
    pub fn triggers(&self) -> impl Iterator<Item = &TriggerTypeInfo> {
        self.triggers.values().map(|entry| &entry.info)
    }
}

fn compile(type_: &str, schema: &serde_json::Value) -> Result<Schema> {
    Schema::compile(schema)
        .map_err(|fault| Error::internal(format!("configuration schema of {type_}: {fault}")))
}

fn twice(type_: &str) -> Error {
    Error::internal(format!("the type {type_} is registered twice"))
}
