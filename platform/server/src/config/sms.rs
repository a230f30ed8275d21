use super::reader::Reader;
use super::settings::url;
use platform_kernel::secret::SecretString;
use url::Url;

/// `AUTERITY_SMS_*`
pub struct SmsConfig {
    pub base_url: Url,
    pub account_sid: String,
    /// The API key that the secret belongs to; without one it is the account's auth token.
    pub key_sid: Option<String>,
    pub secret: SecretString,
    /// A phone number, or a messaging service.
    pub from: String,
    /// Whether a simulator takes the texts; the screens say so.
    pub simulated: bool,
}

/// The account that texts are sent with. Whoever names one has to name all of it.
pub(super) fn read(reader: &mut Reader) -> Option<SmsConfig> {
    const ACCOUNT: &str = "AUTERITY_SMS_ACCOUNT_SID";
    let account_sid = reader.text(ACCOUNT);
    let base_url = url(reader, "AUTERITY_SMS_BASE_URL", "https://api.twilio.com");
    let key_sid = reader.text("AUTERITY_SMS_KEY_SID");
    let secret = reader.secret("AUTERITY_SMS_SECRET");
    let from = reader.text("AUTERITY_SMS_FROM");
    let simulated = reader.parsed("AUTERITY_SMS_SIMULATED", false);
    let Some(account_sid) = account_sid else {
        if key_sid.is_some() || secret.is_some() || from.is_some() {
            reader.mistake(ACCOUNT, "is not set, but other settings of texts are");
        }
        return None;
    };
    if secret.is_none() {
        reader.mistake("AUTERITY_SMS_SECRET", "is not set");
    }
    if from.is_none() {
        reader.mistake("AUTERITY_SMS_FROM", "is not set");
    }
    Some(SmsConfig {
        base_url,
        account_sid,
        key_sid,
        secret: secret.unwrap_or_default(),
        from: from.unwrap_or_default(),
        simulated,
    })
}
