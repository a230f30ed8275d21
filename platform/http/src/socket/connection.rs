//! One client's socket, from its handshake to its close.

use super::hub::{Hub, Inlet};
use super::protocol::{ClientFrame, End, Live, ServerFrame, TOPIC_LIMIT, json};
use super::subscription::Subscription;
use super::topic::TopicSource;
use crate::authorize::require_active;
use crate::state::{HttpState, Principal};
use actix_web::web;
use actix_ws::{AggregatedMessage, AggregatedMessageStream, ProtocolError, Session};
use futures_util::StreamExt;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, ErrorCode, Result};
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::{Interval, MissedTickBehavior, interval_at, timeout};

/// How long a topic's source may take for one answer.
const SOURCE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a socket stays open while nobody can say whether it may.
const UNKNOWN_LIMIT: Duration = Duration::from_secs(30);
/// Messages that may arrive live while the past is still being read.
const PENDING_LIMIT: usize = 8_192;
/// A client may send so many frames at once, and then so many a second.
const FRAMES_BURST: f64 = 100.0;
const FRAMES_PER_SECOND: f64 = 10.0;

pub(super) struct Connection {
    hub: Hub,
    inlet: Inlet,
    state: web::Data<HttpState>,
    principal: Arc<Principal>,
    tenant: Arc<TenantContext>,
    session: Session,
    topics: HashMap<String, Subscription>,
    /// Live messages that arrived while something else was awaited.
    pending: VecDeque<Live>,
    /// When the caller's right was last confirmed.
    confirmed: Instant,
    heard: Instant,
    frames: f64,
}

/// Ticks first after one `period`, and never hurries to make up for what it missed.
fn every(period: Duration) -> Interval {
    let mut interval = interval_at(tokio::time::Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

type Step = std::result::Result<(), End>;

impl Connection {
    pub(super) fn new(
        hub: Hub,
        inlet: Inlet,
        state: web::Data<HttpState>,
        principal: Principal,
        tenant: TenantContext,
        session: Session,
    ) -> Self {
        let now = Instant::now();
        Self {
            hub,
            inlet,
            state,
            principal: Arc::new(principal),
            tenant: Arc::new(tenant),
            session,
            topics: HashMap::new(),
            pending: VecDeque::new(),
            confirmed: now,
            heard: now,
            frames: FRAMES_BURST,
        }
    }

    pub(super) async fn run(mut self, mut stream: AggregatedMessageStream) {
        tracing::debug!("socket opened");
        let end = match self.serve(&mut stream).await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        if end == End::Again {
            metrics::counter!("auterity_socket_slow_clients_total").increment(1);
        }
        tracing::debug!(?end, "socket closed");
        let Self { inlet, session, .. } = self;
        drop(inlet);
        // Nobody waits for a client that does not take its close frame either.
        let _ = timeout(Duration::from_secs(2), session.close(Some(end.reason()))).await;
    }

    /// Serves until there is a reason to end.
    async fn serve(
        &mut self,
        stream: &mut AggregatedMessageStream,
    ) -> std::result::Result<Infallible, End> {
        let settings = self.hub.settings().clone();
        let mut ping = every(settings.ping_every);
        let mut recheck = every(settings.recheck_every);
        loop {
            tokio::select! {
                biased;
                () = self.inlet.turn_to_close.come() => return Err(End::Away),
                () = self.inlet.slow.notified() => return Err(End::Again),
                _ = recheck.tick() => self.recheck().await?,
                _ = ping.tick() => {
                    if self.heard.elapsed() > settings.silence {
                        return Err(End::Gone);
                    }
                    self.session.ping(b"").await.map_err(|_closed| End::Gone)?;
                }
                frame = stream.next() => self.frame(frame).await?,
                live = self.inlet.live.recv() => match live {
                    Some(live) => self.forward(&live).await?,
                    None => return Err(End::Gone),
                },
            }
            self.catch_up().await?;
        }
    }

    /// Handles what the client sent.
    async fn frame(
        &mut self,
        frame: Option<std::result::Result<AggregatedMessage, ProtocolError>>,
    ) -> Step {
        let passed = self.heard.elapsed().as_secs_f64();
        self.heard = Instant::now();
        self.frames = (self.frames + passed * FRAMES_PER_SECOND).min(FRAMES_BURST) - 1.0;
        if self.frames < 0.0 {
            return Err(End::TooMany);
        }
        match frame {
            Some(Ok(AggregatedMessage::Text(text))) => self.text(&text).await,
            Some(Ok(AggregatedMessage::Ping(bytes))) => {
                let pong = self.session.pong(&bytes).await;
                pong.map_err(|_closed| End::Gone)
            }
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Binary(_))) => Err(End::Binary),
            Some(Err(ProtocolError::Overflow)) => Err(End::TooLarge),
            Some(Ok(AggregatedMessage::Close(_)) | Err(_)) | None => Err(End::Gone),
        }
    }

    async fn text(&mut self, text: &str) -> Step {
        let frame = match serde_json::from_str::<ClientFrame>(text) {
            Ok(frame) => frame,
            Err(cause) => {
                let error = ErrorCode::MalformedJson.detail(cause.to_string());
                return self.say(&ServerFrame::error(None, &error)).await;
            }
        };
        if let Some(topic) = frame.subscribe {
            return self.subscribe(&topic, frame.after).await;
        }
        if let Some(topic) = frame.unsubscribe {
            self.inlet.detach(&topic);
            self.topics.remove(&topic);
            return Ok(());
        }
        if frame.ping.is_some() {
            return self.say(&ServerFrame::pong()).await;
        }
        let error = ErrorCode::BadRequest.detail("say subscribe, unsubscribe or ping");
        self.say(&ServerFrame::error(None, &error)).await
    }

    /// Attaches first and reads the past then: what happens in between arrives both ways and is
    /// told apart by its number, so that there is neither a gap nor a double.
    async fn subscribe(&mut self, topic: &str, after: Option<i64>) -> Step {
        let source = match self.admit(topic).await {
            Ok(source) => source,
            Err(error) => return self.refuse(topic, &error).await,
        };
        let after = after.map(|after| after.max(0));
        let subscription = Subscription::new(source.ordered(topic), after.unwrap_or(0));
        // Until the past has been sent, live messages of this topic wait in `pending`.
        self.topics.remove(topic);
        self.inlet.attach(topic);
        let subscription = match after {
            Some(after) => self.replay(&*source, topic, after, subscription).await?,
            None => Some(subscription),
        };
        let Some(subscription) = subscription else {
            self.inlet.detach(topic);
            return Ok(());
        };
        let seq = subscription.last();
        self.topics.insert(topic.to_owned(), subscription);
        self.say(&ServerFrame::subscribed(topic, seq)).await
    }

    async fn admit(&mut self, topic: &str) -> Result<Arc<dyn TopicSource>> {
        if topic.len() > TOPIC_LIMIT {
            return Err(ErrorCode::NotFound.into());
        }
        let room = self.topics.len() < self.hub.settings().topics_per_socket;
        if !room && !self.topics.contains_key(topic) {
            return Err(ErrorCode::RateLimited.detail("too many topics on one socket"));
        }
        let source = self.hub.source(topic).ok_or(ErrorCode::NotFound)?;
        let (principal, tenant) = (Arc::clone(&self.principal), Arc::clone(&self.tenant));
        let opening = source.open(&principal, &tenant, topic);
        self.while_receiving(opening).await??;
        Ok(source)
    }

    /// Sends what is stored after `after`; `None` when the source failed and the client was told.
    async fn replay(
        &mut self,
        source: &dyn TopicSource,
        topic: &str,
        mut after: i64,
        mut subscription: Subscription,
    ) -> std::result::Result<Option<Subscription>, End> {
        let (principal, tenant) = (Arc::clone(&self.principal), Arc::clone(&self.tenant));
        loop {
            let reading = source.replay(&principal, &tenant, topic, after);
            let page = match self.while_receiving(reading).await.and_then(|page| page) {
                Ok(page) => page,
                Err(error) => {
                    self.refuse(topic, &error).await?;
                    return Ok(None);
                }
            };
            for message in &page {
                if subscription.admit(message) {
                    self.send(json(message)).await?;
                }
            }
            match page.last() {
                Some(last) if last.seq > after => after = last.seq,
                _ => return Ok(Some(subscription)),
            }
            if self.pending.len() > PENDING_LIMIT {
                return Err(End::Again);
            }
        }
    }

    /// Awaits `work` and takes live messages in meanwhile, so that their buffer does not fill.
    async fn while_receiving<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        let work = timeout(SOURCE_TIMEOUT, work);
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done.map_err(|cause| ErrorCode::Unavailable.because(cause)),
                Some(live) = self.inlet.live.recv() => self.pending.push_back(live),
            }
        }
    }

    /// Passes on what waited.
    async fn catch_up(&mut self) -> Step {
        while let Some(live) = self.pending.pop_front() {
            self.forward(&live).await?;
        }
        Ok(())
    }

    async fn forward(&mut self, live: &Live) -> Step {
        let message = live.message();
        let subscription = self.topics.get_mut(&message.topic);
        if subscription.is_some_and(|subscription| subscription.admit(message)) {
            return self.send(live.json().to_owned()).await;
        }
        Ok(())
    }

    async fn refuse(&mut self, topic: &str, error: &Error) -> Step {
        if error.code().status() >= 500 {
            tracing::error!(%error, topic, "a topic could not be opened");
        }
        self.say(&ServerFrame::error(Some(topic), error)).await
    }

    async fn say(&mut self, frame: &ServerFrame<'_>) -> Step {
        let text = serde_json::to_string(frame).unwrap_or_default();
        self.send(text).await
    }

    async fn send(&mut self, text: String) -> Step {
        let limit = self.hub.settings().send_timeout;
        match timeout(limit, self.session.text(text)).await {
            Ok(sent) => sent.map_err(|_closed| End::Gone),
            Err(_elapsed) => Err(End::Again),
        }
    }

    /// Looks again whether this person may still listen to this dealership.
    async fn recheck(&mut self) -> Step {
        let state = self.state.clone();
        let (principal, id) = (Arc::clone(&self.principal), self.tenant.id);
        let looking = async {
            let tenant = state.tenants.by_id(id).await?;
            require_active(&tenant.ok_or(ErrorCode::TenantNotFound)?)?;
            state.authenticator.still_valid(&principal).await
        };
        let error = match self
            .while_receiving(looking)
            .await
            .and_then(|looked| looked)
        {
            Ok(()) => {
                self.confirmed = Instant::now();
                return Ok(());
            }
            Err(error) => error,
        };
        match error.code() {
            ErrorCode::TenantSuspended | ErrorCode::TenantNotFound | ErrorCode::Forbidden => {
                Err(End::Suspended)
            }
            code if code.status() < 500 => Err(End::SignIn),
            _ if self.confirmed.elapsed() > UNKNOWN_LIMIT => Err(End::Again),
            _ => Ok(()),
        }
    }
}
