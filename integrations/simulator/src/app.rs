use crate::chat;
use crate::rules::{Day, MODELS};
use crate::sms::{self, Texts};
use actix_web::dev::{Server, ServerHandle};
use actix_web::web::{self, JsonConfig, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use serde_json::json;
use std::io;
use std::net::SocketAddr;

/// The longest request that is read, in bytes.
const LONGEST_REQUEST: usize = 4 * 1024 * 1024;

/// Adds the simulator's routes to an app; texts are kept in `texts`.
pub fn configure(config: &mut ServiceConfig, texts: Texts) {
    sms::configure(config, texts);
    let json = JsonConfig::default()
        .limit(LONGEST_REQUEST)
        .content_type_required(false)
        .error_handler(|error, _request| {
            let text = format!("the request cannot be read: {error}");
            let answer = chat::refusal(400, "invalid_request_error", &text);
            actix_web::error::InternalError::from_response(error, answer).into()
        });
    config
        .app_data(json)
        .route("/", web::get().to(describe))
        .route("/health", web::get().to(HttpResponse::NoContent))
        .route("/v1/models", web::get().to(models))
        .route("/v1/chat/completions", web::post().to(chat::complete));
}

/// Serves until the process is told to stop (Ctrl-C, SIGTERM).
pub async fn serve(listen: SocketAddr) -> io::Result<()> {
    let (_address, server) = bind(listen, true, Texts::default())?;
    server.await
}

/// A simulator that runs beside a test until it is dropped.
pub struct Running {
    pub address: SocketAddr,
    texts: Texts,
    handle: ServerHandle,
}

impl Running {
    /// What to configure as the provider's base URL.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What to configure as Twilio's base URL.
    pub fn twilio_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The text messages that were taken.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The handle sends the command at once; nobody needs to wait for its end.
        drop(self.handle.stop(false));
    }
}

/// Starts in the background; port 0 takes a free one. Needs a running Tokio runtime.
pub fn start(listen: SocketAddr) -> io::Result<Running> {
    let texts = Texts::default();
    let (address, server) = bind(listen, false, texts.clone())?;
    let handle = server.handle();
    platform_kernel::task::spawn(server);
    Ok(Running {
        address,
        texts,
        handle,
    })
}

fn bind(listen: SocketAddr, signals: bool, texts: Texts) -> io::Result<(SocketAddr, Server)> {
    let server = HttpServer::new(move || {
        let texts = texts.clone();
        App::new().configure(|config| configure(config, texts))
    })
    .workers(1);
    let server = if signals {
        server
    } else {
        server.disable_signals()
    };
    let server = server.shutdown_timeout(1).bind(listen)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    Ok((address, server.run()))
}

async fn describe() -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "name": "Auterity simulator",
        "simulates": ["OpenAI-compatible chat completions", "Twilio Messages (2010-04-01)"],
        "refuses": "parameters, schemas and models as the vendor does: temperature where the model reasons, max_tokens on reasoning models, keywords that strict mode does not know, models that have ended",
        "note": "Answers are made up by rules, not by a model. Nothing leaves this machine, no text reaches a phone.",
        "endpoints": [
            "GET /v1/models",
            "POST /v1/chat/completions",
            format!("POST /2010-04-01/Accounts/{}/Messages.json", sms::ACCOUNT_SID),
            format!("GET /2010-04-01/Accounts/{}/Messages.json", sms::ACCOUNT_SID),
            format!("GET /2010-04-01/Accounts/{}/Messages/<sid>.json", sms::ACCOUNT_SID),
        ],
        "numbers_that_refuse": {
            "+15005550001": "is no number (21211)",
            "+15005550002": "cannot be reached (21612)",
            "+15005550003": "is in a country that is not allowed (21408)",
            "+15005550004": "has answered STOP (21610)",
            "+15005550009": "takes no texts (21614)",
        },
        "faults": {
            "how": "send the header x-simulate, or put `simulator-` before the fault as the model",
            "known": [
                "unavailable", "rate-limited[-<seconds>]", "unauthorized", "quota", "nonsense",
                "empty", "refuses", "cut-off", "not-an-answer", "slow-<milliseconds>"
            ],
        },
    }))
}

async fn models() -> HttpResponse {
    let model = |(id, end): (&str, Option<Day>)| {
        let shutdown = end.map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"));
        json!({ "id": id, "object": "model", "created": 0, "owned_by": "auterity", "shutdown_date": shutdown })
    };
    let data: Vec<_> = MODELS.into_iter().map(model).collect();
    HttpResponse::Ok().json(json!({ "object": "list", "data": data }))
}
