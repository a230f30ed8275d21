use crate::failure::{after_sending, of_exchange};
use crate::own::OwnAddresses;
use crate::request::{headers, method};
use crate::resolver::{GuardedResolver, Lookup, SystemLookup};
use crate::target::GuardedHttpConfig;
use async_trait::async_trait;
use platform_kernel::ports::{CallError, Description, HttpCall, HttpCaller, HttpReply};
use reqwest::{Client, Response};
use std::sync::Arc;
use std::time::Duration;

/// The longest answer that is read, unpacked.
pub(crate) const LONGEST_REPLY: usize = 5 * 1024 * 1024;

/// The HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be made")]
pub struct GuardedHttpError(#[from] reqwest::Error);

/// Calls public web addresses; follows no redirect, knows no proxy, keeps no cookie.
pub struct GuardedHttp {
    config: Arc<GuardedHttpConfig>,
    client: Client,
    own: Arc<OwnAddresses>,
}

impl GuardedHttp {
    /// Connects to nothing yet.
    pub fn new(config: GuardedHttpConfig) -> Result<Self, GuardedHttpError> {
        Self::with_lookup(config, Arc::new(SystemLookup))
    }

    pub(crate) fn with_lookup(
        config: GuardedHttpConfig,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, GuardedHttpError> {
        let config = Arc::new(config);
        let own = Arc::new(OwnAddresses::new(&config.own_hosts, Arc::clone(&lookup)));
        let resolver = GuardedResolver {
            config: Arc::clone(&config),
            lookup,
            own: Arc::clone(&own),
        };
        let client = Client::builder()
            .dns_resolver(resolver)
            // A proxy would resolve the name itself, past the guard.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(Duration::from_secs(10))
            .pool_max_idle_per_host(2)
            .pool_idle_timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self {
            config,
            client,
            own,
        })
    }

    async fn exchange(&self, call: &HttpCall) -> Result<HttpReply, CallError> {
        let refused = |text| CallError::fatal("address_refused", text);
        self.own.refresh().await;
        let url = self.config.check(&call.url, &self.own).map_err(refused)?;
        let method = method(call)?;
        let safe = method.is_safe();
        let mut request = self.client.request(method, url).headers(headers(call)?);
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let response = request.timeout(call.timeout).send().await;
        let response = response.map_err(|error| of_exchange(&error, safe))?;
        reply(response, safe).await
    }
}

async fn reply(mut response: Response, safe: bool) -> Result<HttpReply, CallError> {
    let status = response.status().as_u16();
    let text = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    };
    let headers = response.headers().iter().map(text).collect();
    let mut body = Vec::new();
    loop {
        // Once there is a status the request was carried out, whatever becomes of the rest.
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LONGEST_REPLY => {
                return Err(too_long(safe));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => {
                let text = format!("the answer with status {status} broke off");
                return Err(after_sending(error.is_timeout(), safe, text));
            }
        }
    }
    Ok(HttpReply {
        status,
        headers,
        body,
    })
}

fn too_long(safe: bool) -> CallError {
    let text = format!("the answer is longer than {LONGEST_REPLY} bytes");
    if safe {
        CallError::fatal("http_reply_too_long", text)
    } else {
        CallError::unknown("http_reply_too_long", text)
    }
}

#[async_trait]
impl HttpCaller for GuardedHttp {
    async fn call(&self, call: &HttpCall) -> Result<HttpReply, CallError> {
        Box::pin(self.exchange(call)).await
    }

    fn describe(&self) -> Description {
        Description {
            kind: "http",
            adapter: "http",
            name: "public web addresses".to_owned(),
            simulated: false,
        }
    }
}
