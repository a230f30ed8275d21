//! The link between a workflow and the template it was made from: what differs, and the way to a
//! newer version.

use super::compare::{Change, Choice, compare, merge};
use super::library::{Library, Template};
use super::{parameters, queries};
use crate::stored::fingerprint;
use crate::workflows::draft;
use crate::workflows::service::lock_unarchived;
use diesel::prelude::*;
use platform_db::TenantTx;
use platform_engine::definition::Definition;
use platform_kernel::id::WorkflowId;
use platform_kernel::{Error, ErrorCode, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a workflow remembers of its template.
#[derive(Clone, Debug, Queryable)]
pub struct Link {
    pub template_id: Option<String>,
    pub template_version: Option<i32>,
    pub template_base: Option<Value>,
    pub draft: Value,
    pub parameters: Option<Value>,
}

/// A workflow beside the versions of its template.
pub struct Linked<'a> {
    pub template: &'a Template,
    pub version: i32,
    pub base: Definition,
    pub mine: Definition,
    pub parameters: Value,
}

impl Linked<'_> {
    /// What the dealership changed, and what `template` would change.
    pub fn differences(&self) -> Result<(Vec<Change>, Vec<Change>)> {
        let compared = compare(&self.base, &self.mine, &self.template.definition)?;
        Ok((compared.overrides, compared.changes))
    }
}

/// What an upgrade made of the draft.
pub struct Upgraded {
    pub draft: Value,
    pub draft_revision: i64,
    pub version: i32,
}

/// The workflow's link, read against version `to` of the template, or the latest one. 404 for a
/// workflow that was drawn from scratch, or whose template is gone.
pub fn read(library: &Library, link: Link, to: Option<i32>) -> Result<Linked<'_>> {
    let (Some(id), Some(version)) = (link.template_id, link.template_version) else {
        return Err(ErrorCode::NotFound.detail("the workflow was not made from a template"));
    };
    let template = match to {
        None => library.find(&id),
        Some(to) => library.find_version(&id, to),
    };
    let template = template.ok_or_else(|| {
        ErrorCode::NotFound.detail("the library has no such version of the template")
    })?;
    let base = match link.template_base {
        Some(base) => serde_json::from_value(base).map_err(Error::internal)?,
        // Made before workflows kept what they came from.
        None => {
            let made_from = library.find_version(&id, version);
            made_from.ok_or(ErrorCode::NotFound)?.definition.clone()
        }
    };
    Ok(Linked {
        template,
        version,
        base,
        mine: serde_json::from_value(link.draft).map_err(Error::internal)?,
        parameters: link.parameters.unwrap_or(Value::Null),
    })
}

/// Brings the draft to a newer version of its template; what the dealership changed stays unless
/// chosen otherwise. `to` is the latest version unless given.
pub async fn upgrade(
    tx: &mut TenantTx,
    library: &Library,
    id: WorkflowId,
    to: Option<i32>,
    choices: &BTreeMap<String, Choice>,
    new_parameters: Option<Value>,
) -> Result<Upgraded> {
    lock_unarchived(tx, id).await?;
    let link = queries::link(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    let linked = read(library, link, to)?;
    if linked.template.version <= linked.version {
        let detail = format!("the workflow is at version {} already", linked.version);
        return Err(ErrorCode::Conflict.detail(detail));
    }
    let merged = merge(
        &linked.base,
        &linked.mine,
        &linked.template.definition,
        choices,
    )?;
    let parameters = parameters::carry_over(linked.template, &linked.parameters, new_parameters)?;
    let merged = serde_json::to_value(&merged).map_err(Error::internal)?;
    let draft = draft::read(&merged)?;
    let base = serde_json::to_value(&linked.template.definition).map_err(Error::internal)?;
    let sha256 = fingerprint(&draft, Some(&parameters));
    let change = queries::Relinked {
        template_version: linked.template.version,
        template_base: &base,
        draft: &draft,
        draft_sha256: &sha256,
        parameters: &parameters,
    };
    let draft_revision = queries::relink(tx, id, &change).await?;
    Ok(Upgraded {
        draft,
        draft_revision,
        version: linked.template.version,
    })
}
