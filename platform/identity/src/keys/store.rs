use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey};
use platform_db::schema::control::signing_keys;
use platform_db::{ControlTx, QueryResult};
use platform_kernel::secret::MasterKey;
use platform_kernel::{Error, Result, clock};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A public key as RFC 7517 writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JwkView {
    pub kty: String,
    #[serde(rename = "use")]
    pub use_: String,
    pub alg: String,
    pub kid: String,
    /// Modulus, base64url.
    pub n: String,
    /// Exponent, base64url.
    pub e: String,
}

platform_kernel::words! {
    /// Whether a key signs, or is still trusted.
    pub(super) enum SigningKeyStatus {
        Active = "active",
        /// Signs no more; tokens that it signed are still good.
        Retiring = "retiring",
        Retired = "retired",
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = signing_keys)]
pub(super) struct SigningKey {
    pub(super) kid: String,
    pub(super) private_sealed: Vec<u8>,
    pub(super) public_jwk: serde_json::Value,
    pub(super) status: SigningKeyStatus,
}

/// Whoever makes or rotates keys waits here for the other.
const LOCK: i64 = 0x6b65_7972_696e_6701;

pub(super) async fn lock(tx: &mut ControlTx) -> QueryResult<()> {
    diesel::sql_query(format!("SELECT pg_advisory_xact_lock({LOCK})"))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The active key, and those that stopped signing after `since`.
pub(super) async fn usable(
    tx: &mut ControlTx,
    since: DateTime<Utc>,
) -> QueryResult<Vec<SigningKey>> {
    signing_keys::table
        .filter(
            signing_keys::status
                .eq(SigningKeyStatus::Active)
                .or(signing_keys::status
                    .eq(SigningKeyStatus::Retiring)
                    .and(signing_keys::retired_at.gt(since))),
        )
        .select(SigningKey::as_select())
        .load(tx.conn())
        .await
}

pub(super) async fn has_active(tx: &mut ControlTx) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        signing_keys::table.filter(signing_keys::status.eq(SigningKeyStatus::Active)),
    ))
    .get_result(tx.conn())
    .await
}

/// The active key signs no more; keys whose last token expired before `since` are done.
pub(super) async fn retire(tx: &mut ControlTx, since: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(signing_keys::table.filter(signing_keys::status.eq(SigningKeyStatus::Retiring)))
        .filter(signing_keys::retired_at.le(since))
        .set(signing_keys::status.eq(SigningKeyStatus::Retired))
        .execute(tx.conn())
        .await?;
    diesel::update(signing_keys::table.filter(signing_keys::status.eq(SigningKeyStatus::Active)))
        .set((
            signing_keys::status.eq(SigningKeyStatus::Retiring),
            signing_keys::retired_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Makes the new active key and answers its `kid`.
pub(super) async fn create(tx: &mut ControlTx, master: &MasterKey) -> Result<String> {
    let pkcs8 = tokio::task::spawn_blocking(generate)
        .await
        .map_err(Error::internal)??;
    let public = public_jwk(&encoding_key(&pkcs8)?)?;
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::kid.eq(&public.kid),
            signing_keys::private_sealed.eq(master.seal(&place(&public.kid), &pkcs8)?),
            signing_keys::public_jwk.eq(serde_json::to_value(&public).map_err(Error::internal)?),
            signing_keys::status.eq(SigningKeyStatus::Active),
        ))
        .execute(tx.conn())
        .await?;
    Ok(public.kid)
}

/// A 2048-bit RSA key as PKCS#8.
fn generate() -> Result<Vec<u8>> {
    let failed = |_no_detail| Error::internal("no RSA key could be made");
    let key = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
    let der: Pkcs8V1Der<'static> = key.as_der().map_err(failed)?;
    Ok(der.as_ref().to_vec())
}

pub(super) fn open(master: &MasterKey, key: &SigningKey) -> Result<EncodingKey> {
    encoding_key(&master.open(&place(&key.kid), &key.private_sealed)?)
}

fn place(kid: &str) -> String {
    format!("signing_keys/private_sealed/{kid}")
}

fn encoding_key(pkcs8: &[u8]) -> Result<EncodingKey> {
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        BASE64.encode(pkcs8)
    );
    EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(Error::internal)
}

/// The public half; its RFC 7638 thumbprint is the `kid`.
fn public_jwk(key: &EncodingKey) -> Result<JwkView> {
    let jwk = Jwk::from_encoding_key(key, Algorithm::RS256).map_err(Error::internal)?;
    let kid = jwk
        .thumbprint(ThumbprintHash::SHA256)
        .map_err(Error::internal)?;
    let AlgorithmParameters::RSA(rsa) = jwk.algorithm else {
        return Err(Error::internal("an RSA key without RSA parameters"));
    };
    Ok(JwkView {
        kty: "RSA".to_owned(),
        use_: "sig".to_owned(),
        alg: "RS256".to_owned(),
        kid,
        n: rsa.n,
        e: rsa.e,
    })
}
