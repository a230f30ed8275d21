//! Twilio's Messages API as far as texts are sent with it: create, list, fetch. The numbers that
//! fail are those of Twilio's own test credentials
//! (twilio.com/docs/iam/test-credentials#test-sms-messages).

use crate::fault::Fault;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, RETRY_AFTER};
use actix_web::web::{self, Form, FormConfig, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use data_encoding::{BASE64, HEXLOWER};
use platform_kernel::clock;
use platform_kernel::text::{PhoneNumber, sms_segments};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// The account that is configured where the simulator stands in.
pub const ACCOUNT_SID: &str = "AC00000000000000000000000000000000";
/// How many texts are kept, the newest.
const KEPT: usize = 10_000;
/// Characters of a body (Twilio error 21617).
const LONGEST_BODY: usize = 1_600;

/// A text message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub sid: String,
    pub account_sid: String,
    pub from: String,
    pub to: String,
    pub body: String,
    /// RFC 2822.
    pub date_created: String,
}

/// The texts that were taken, shared by all who look; cheap to clone.
#[derive(Clone, Default)]
pub struct Texts(Arc<Mutex<VecDeque<Text>>>);

impl Texts {
    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<Text> {
        self.kept(|texts| texts.iter().cloned().collect())
    }

    /// Those to one number.
    pub fn to(&self, number: &str) -> Vec<Text> {
        let mut texts = self.all();
        texts.retain(|text| text.to == number);
        texts
    }

    fn keep(&self, text: Text) {
        self.kept(|texts| {
            texts.push_back(text);
            if texts.len() > KEPT {
                texts.pop_front();
            }
        });
    }

    fn kept<T>(&self, look: impl FnOnce(&mut VecDeque<Text>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) fn configure(config: &mut ServiceConfig, texts: Texts) {
    let list = "/2010-04-01/Accounts/{account}/Messages.json";
    let one = "/2010-04-01/Accounts/{account}/Messages/{sid}.json";
    config
        .app_data(web::Data::new(texts))
        // 1,600 characters of four bytes, each byte written as three.
        .app_data(FormConfig::default().limit(64 * 1024))
        .route(list, web::post().to(create))
        .route(list, web::get().to(list_texts))
        .route(one, web::get().to(fetch));
}

async fn create(
    request: HttpRequest,
    account: Path<String>,
    form: Form<HashMap<String, String>>,
    texts: web::Data<Texts>,
) -> HttpResponse {
    if let Some(refused) = unsigned(&request, &account) {
        return refused;
    }
    match Fault::of(&request, "") {
        Some(Fault::Slow(delay)) => tokio::time::sleep(delay).await,
        Some(fault) => return failing(fault),
        None => {}
    }
    match accepted(&account, &form) {
        Ok(text) => {
            let view = view(&text, "queued");
            texts.keep(text);
            HttpResponse::Created().json(view)
        }
        Err((code, message)) => refusal(400, code, message),
    }
}

/// The checks in the order of Twilio's.
fn accepted(account: &str, form: &HashMap<String, String>) -> Result<Text, (u32, &'static str)> {
    let get = |name: &str| form.get(name).map(String::as_str).filter(|v| !v.is_empty());
    let to = get("To").ok_or((21604, "A 'To' phone number is required."))?;
    let from = get("From").or_else(|| get("MessagingServiceSid"));
    let from = from.ok_or((21603, "A 'From' phone number is required."))?;
    let body = get("Body").ok_or((
        21619,
        "A text message body or media urls must be specified.",
    ))?;
    if body.chars().count() > LONGEST_BODY {
        let words = "The concatenated message body exceeds the 1600 character limit";
        return Err((21617, words));
    }
    let number = match to {
        "+15005550001" => None,
        "+15005550002" => {
            return Err((
                21612,
                "Message cannot be sent with this combination of To and From.",
            ));
        }
        "+15005550003" => {
            let words = "Permission to send an SMS has not been enabled for the region indicated by the 'To' number.";
            return Err((21408, words));
        }
        "+15005550004" => return Err((21610, "Attempt to send to unsubscribed recipient")),
        "+15005550009" => return Err((21614, "'To' number is not a valid mobile number")),
        to => PhoneNumber::parse(to),
    };
    let number = number.ok_or((21211, "The 'To' number is not a valid phone number."))?;
    let from = match from {
        "+15005550001" => return Err((21212, "The 'From' number is not a valid phone number.")),
        "+15005550007" => {
            return Err((
                21606,
                "The 'From' phone number is not a valid, SMS-capable number of your account.",
            ));
        }
        from => from,
    };
    let date_created = clock::now().to_rfc2822();
    let seed = format!("{account} {} {body} {:?}", number.as_str(), clock::now());
    let hash = HEXLOWER.encode(&Sha256::digest(seed.as_bytes()));
    Ok(Text {
        sid: format!("SM{}", hash.get(..32).unwrap_or_default()),
        account_sid: account.to_owned(),
        from: from.to_owned(),
        to: number.as_str().to_owned(),
        body: body.to_owned(),
        date_created,
    })
}

#[derive(Deserialize)]
struct Filter {
    #[serde(rename = "To")]
    to: Option<String>,
    #[serde(rename = "From")]
    from: Option<String>,
    #[serde(rename = "PageSize")]
    page_size: Option<usize>,
    #[serde(rename = "Page")]
    page: Option<usize>,
}

/// Newest first, as Twilio lists them.
async fn list_texts(
    request: HttpRequest,
    account: Path<String>,
    filter: Query<Filter>,
    texts: web::Data<Texts>,
) -> HttpResponse {
    let (size, page) = (
        filter.page_size.unwrap_or(50).clamp(1, 1_000),
        filter.page.unwrap_or(0),
    );
    let wanted = |text: &Text| {
        text.account_sid == *account
            && filter.to.as_ref().is_none_or(|to| *to == text.to)
            && filter.from.as_ref().is_none_or(|from| *from == text.from)
    };
    let all: Vec<Text> = texts.all().into_iter().rev().filter(wanted).collect();
    let start = page.saturating_mul(size);
    let shown: Vec<Value> = all
        .iter()
        .skip(start)
        .take(size)
        .map(|t| view(t, "delivered"))
        .collect();
    let uri = |page: usize| {
        let path = request.path();
        let pairs = request.query_string().split('&');
        let kept: Vec<&str> = pairs
            .filter(|p| !p.is_empty() && !p.starts_with("Page"))
            .collect();
        let rest = kept
            .iter()
            .map(|pair| format!("&{pair}"))
            .collect::<String>();
        format!("{path}?PageSize={size}&Page={page}{rest}")
    };
    let more = start.saturating_add(shown.len()) < all.len();
    HttpResponse::Ok().json(json!({
        "start": start,
        "end": start.saturating_add(shown.len()).saturating_sub(1),
        "messages": shown,
        "page": page,
        "page_size": size,
        "first_page_uri": uri(0),
        "next_page_uri": more.then(|| uri(page + 1)),
        "previous_page_uri": (page > 0).then(|| uri(page - 1)),
        "uri": uri(page),
    }))
}

async fn fetch(path: Path<(String, String)>, texts: web::Data<Texts>) -> HttpResponse {
    let (account, sid) = path.into_inner();
    let found = texts
        .all()
        .into_iter()
        .find(|text| text.account_sid == account && text.sid == sid);
    match found {
        Some(text) => HttpResponse::Ok().json(view(&text, "delivered")),
        None => refusal(404, 20404, "The requested resource was not found"),
    }
}

/// A message as Twilio writes it: numbers as strings, dates as in mails.
fn view(text: &Text, status: &str) -> Value {
    let Text {
        sid, account_sid, ..
    } = text;
    let uri = format!("/2010-04-01/Accounts/{account_sid}/Messages/{sid}");
    let service = text.from.starts_with("MG").then_some(&text.from);
    let sent = (status != "queued").then_some(&text.date_created);
    json!({
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": text.body,
        "date_created": text.date_created,
        "date_sent": sent,
        "date_updated": text.date_created,
        "direction": "outbound-api",
        "error_code": null,
        "error_message": null,
        "from": service.is_none().then_some(&text.from),
        "messaging_service_sid": service,
        "num_media": "0",
        "num_segments": sms_segments(&text.body).to_string(),
        "price": null,
        "price_unit": "USD",
        "sid": sid,
        "status": status,
        "subresource_uris": { "media": format!("{uri}/Media.json") },
        "to": text.to,
        "uri": format!("{uri}.json"),
    })
}

/// Sending wants the account's or a key's credentials; any secret is the right one here. Looking
/// wants none, so that people can read in a browser what was sent.
fn unsigned(request: &HttpRequest, account: &str) -> Option<HttpResponse> {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|v| v.to_str().ok());
    let pair = header
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| BASE64.decode(encoded.as_bytes()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let user = pair.as_deref().and_then(|pair| pair.split_once(':'));
    let known = user.is_some_and(|(user, secret)| {
        (user == account || user.starts_with("SK")) && !secret.is_empty()
    });
    (!known).then(|| refusal(401, 20003, "Authenticate"))
}

fn failing(fault: Fault) -> HttpResponse {
    match fault {
        Fault::RateLimited { seconds } => {
            let mut answer = refusal(429, 20429, "Too Many Requests");
            if let Some(seconds) = seconds {
                answer.headers_mut().insert(RETRY_AFTER, seconds.into());
            }
            answer
        }
        Fault::Unauthorized => refusal(401, 20003, "Authenticate"),
        Fault::NotAnAnswer => HttpResponse::Ok().body("<html>a proxy's page</html>"),
        _ => refusal(503, 20503, "Service unavailable"),
    }
}

/// An error as Twilio writes it.
fn refusal(status: u16, code: u32, message: &str) -> HttpResponse {
    let http = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    HttpResponseBuilder::new(http).json(json!({
        "code": code,
        "message": message,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
        "status": status,
    }))
}
