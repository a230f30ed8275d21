//! Secrets in the configuration of triggers: sealed on the way in, and never shown again. What
//! stays in the definition is a reference.

use crate::workflows::queries as workflows;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::trigger_secrets;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::WorkflowId;
use platform_kernel::secret::MasterKey;
use platform_kernel::{Error, Result};
use serde_json::Value;
use uuid::Uuid;

/// How a reference to a secret begins.
const REFERENCE: &str = "secret:";
/// Where a trigger of a definition has its secret.
const PLACE: &str = "/config/signature/secret";
/// The longest secret, in bytes.
const LONGEST: usize = 500;

/// Seals and opens secrets with the process's master key.
#[derive(Clone, Default)]
pub struct Secrets(Option<MasterKey>);

impl Secrets {
    pub fn new(master: MasterKey) -> Self {
        Self(Some(master))
    }

    /// Puts references in the place of the secrets that people wrote into `definition`. A
    /// reference to a secret that this dealership does not have (it came with a file from
    /// elsewhere) is taken out, so that the secret is asked for. The secret that the draft of
    /// `workflow` has already keeps its reference.
    pub(crate) async fn take_away(
        &self,
        tx: &mut TenantTx,
        workflow: Option<WorkflowId>,
        definition: &mut Value,
    ) -> Result<()> {
        let triggers = definition.get_mut("triggers").and_then(Value::as_array_mut);
        for (index, trigger) in triggers.into_iter().flatten().enumerate() {
            let Some(given) = trigger.pointer(PLACE).and_then(Value::as_str) else {
                continue;
            };
            let kept = match reference(given) {
                Some(id) => find(tx, id).await?.map(|_| given.to_owned()),
                None if given.is_empty() => None,
                None if given.len() > LONGEST => {
                    let place = format!("/definition/triggers/{index}{PLACE}");
                    let detail = "must have at most 500 bytes";
                    return Err(Error::invalid(place, "too_long", detail));
                }
                None => Some(self.keep(tx, workflow, trigger, given).await?),
            };
            let signature = trigger.pointer_mut("/config/signature");
            if let Some(Value::Object(signature)) = signature {
                match kept {
                    Some(kept) => signature.insert("secret".to_owned(), Value::String(kept)),
                    None => signature.remove("secret"),
                };
            }
        }
        Ok(())
    }

    /// The reference to a secret that was written into `trigger`.
    async fn keep(
        &self,
        tx: &mut TenantTx,
        workflow: Option<WorkflowId>,
        trigger: &Value,
        given: &str,
    ) -> Result<String> {
        if let Some(id) = workflow
            && let Some(known) = drafted(tx, id, trigger.get("id")).await?
            && let Some(secret) = self.open(tx, &known).await?
            && secret == given.as_bytes()
        {
            return Ok(known);
        }
        Ok(format!("{REFERENCE}{}", self.seal(tx, given).await?))
    }

    async fn seal(&self, tx: &mut TenantTx, secret: &str) -> Result<Uuid> {
        let id = Uuid::now_v7();
        let sealed = self.master()?.seal(&place(id), secret.as_bytes())?;
        diesel::insert_into(trigger_secrets::table)
            .values((
                trigger_secrets::id.eq(id),
                trigger_secrets::sealed.eq(sealed),
            ))
            .execute(tx.conn())
            .await?;
        Ok(id)
    }

    /// The secret behind a reference; `None` when there is none.
    pub(crate) async fn open(&self, tx: &mut TenantTx, given: &str) -> Result<Option<Vec<u8>>> {
        let Some(id) = reference(given) else {
            return Ok(None);
        };
        match find(tx, id).await? {
            Some(sealed) => Ok(Some(self.master()?.open(&place(id), &sealed)?)),
            None => Ok(None),
        }
    }

    fn master(&self) -> Result<&MasterKey> {
        let missing = || Error::internal("secrets of triggers need the master key");
        self.0.as_ref().ok_or_else(missing)
    }
}

/// The reference that a trigger of the saved draft has.
async fn drafted(
    tx: &mut TenantTx,
    workflow: WorkflowId,
    trigger: Option<&Value>,
) -> Result<Option<String>> {
    let Some(saved) = workflows::find(tx, workflow).await? else {
        return Ok(None);
    };
    let triggers = saved.draft.get("triggers").and_then(Value::as_array);
    let same = triggers
        .into_iter()
        .flatten()
        .find(|saved| saved.get("id") == trigger);
    let reference = same.and_then(|saved| saved.pointer(PLACE)?.as_str());
    Ok(reference.map(str::to_owned))
}

async fn find(tx: &mut TenantTx, id: Uuid) -> QueryResult<Option<Vec<u8>>> {
    trigger_secrets::table
        .find(id)
        .select(trigger_secrets::sealed)
        .first(tx.conn())
        .await
        .optional()
}

fn reference(text: &str) -> Option<Uuid> {
    text.strip_prefix(REFERENCE)?.parse().ok()
}

fn place(id: Uuid) -> String {
    format!("trigger_secrets/sealed/{id}")
}
