use crate::support::{TOKEN, World, lonely_state};
use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_and_read_body_json, init_service};
use actix_web::{App, HttpServer, web};
use async_trait::async_trait;
use futures_util::{SinkExt, StreamExt};
use platform_http::socket::{self, SocketSettings, SocketTicketView};
use platform_http::{HttpState, Hub, LiveMessage, Principal, TopicSource, middleware};
use platform_kernel::id::{TenantId, UserId};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result};
use platform_testkit::TestDatabase;
use policies::Role;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use utoipa_actix_web::AppExt;

const TOPIC: &str = "execution:1";

fn message(topic: &str, seq: i64) -> LiveMessage {
    LiveMessage {
        topic: topic.to_owned(),
        seq,
        type_: "event".to_owned(),
        data: json!({"seq": seq}),
        user_id: None,
    }
}

/// Stored messages of one execution; reading them can be held up in the middle.
#[derive(Default)]
struct History {
    stored: Mutex<Vec<LiveMessage>>,
    held: bool,
    read: Notify,
    release: Notify,
}

#[async_trait]
impl TopicSource for History {
    fn matches(&self, topic: &str) -> bool {
        topic == TOPIC || topic == "leads" || topic == "secret"
    }

    async fn open(&self, _: &Principal, _: &TenantContext, topic: &str) -> Result<()> {
        if topic == "secret" {
            return Err(ErrorCode::Forbidden.detail("not for you"));
        }
        Ok(())
    }

    async fn replay(
        &self,
        _: &Principal,
        _: &TenantContext,
        _: &str,
        after: i64,
    ) -> Result<Vec<LiveMessage>> {
        let stored = self.stored.lock().unwrap().clone();
        let missed = stored.into_iter().filter(|message| message.seq > after);
        // Pages of two, so that a resume needs several.
        let page: Vec<_> = missed.take(2).collect();
        if self.held && !page.is_empty() {
            self.read.notify_one();
            self.release.notified().await;
        }
        Ok(page)
    }
}

struct Server {
    address: SocketAddr,
    state: web::Data<HttpState>,
    hub: Hub,
    world: Arc<World>,
    history: Arc<History>,
    handle: ServerHandle,
}

impl Server {
    async fn start(history: History, change: impl FnOnce(&mut SocketSettings)) -> Self {
        let world = World::new(Role::Manager);
        let state = lonely_state(&world).await;
        Self::serve(world, state, history, change)
    }

    fn serve(
        world: Arc<World>,
        state: HttpState,
        history: History,
        change: impl FnOnce(&mut SocketSettings),
    ) -> Self {
        let state = web::Data::new(state);
        let history = Arc::new(history);
        let mut settings = SocketSettings::default();
        change(&mut settings);
        let hub = Hub::with_settings(vec![history.clone()], settings);
        let (app_state, app_hub) = (state.clone(), web::Data::new(hub.clone()));
        let server = HttpServer::new(move || {
            App::new()
                .into_utoipa_app()
                .configure(socket::configure)
                .into_app()
                .app_data(app_state.clone())
                .app_data(app_hub.clone())
                .wrap(from_fn(middleware::context))
        })
        .workers(1)
        .shutdown_timeout(1)
        .bind("127.0.0.1:0")
        .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            address,
            state,
            hub,
            world,
            history,
            handle,
        }
    }

    async fn usual() -> Self {
        Self::start(History::default(), |_| {}).await
    }

    async fn ticket(&self) -> String {
        let app = App::new()
            .into_utoipa_app()
            .configure(socket::configure)
            .into_app()
            .app_data(self.state.clone())
            .app_data(web::Data::new(self.hub.clone()));
        let request = TestRequest::post()
            .uri("/api/v1/socket-tickets")
            .insert_header(("authorization", format!("Bearer {TOKEN}")));
        let app = init_service(app).await;
        let view: SocketTicketView = call_and_read_body_json(&app, request.to_request()).await;
        assert_eq!(view.expires_in, 30);
        view.ticket
    }

    fn url(&self, ticket: &str) -> String {
        format!("ws://{}/socket?ticket={ticket}", self.address)
    }

    async fn connect(&self) -> Client {
        let url = self.url(&self.ticket().await);
        Client(connect_async(url).await.unwrap().0)
    }

    fn deliver(&self, message: LiveMessage) {
        self.hub.deliver(self.world.tenant_id(), message);
    }

    async fn stop(self) {
        self.handle.stop(false).await;
    }
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn say(&mut self, frame: Value) {
        let text = frame.to_string();
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next message, pings aside.
    async fn next(&mut self) -> Message {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.0.next());
            let message = next.await.expect("no message in time").unwrap().unwrap();
            if !message.is_ping() {
                return message;
            }
        }
    }

    async fn hear(&mut self) -> Value {
        let message = self.next().await;
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    async fn subscribe(&mut self, topic: &str) {
        self.say(json!({"subscribe": topic})).await;
        assert_eq!(self.hear().await["type"], "subscribed");
    }

    /// The code with which the server closes.
    async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.next().await {
                return frame.unwrap().code.into();
            }
        }
    }
}

#[actix_web::test]
async fn a_subscriber_hears_its_own_dealership_and_itself_only() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    client.subscribe("leads").await;
    server.hub.deliver(TenantId::new(), message("leads", 1));
    let to = |user| LiveMessage {
        user_id: Some(user),
        ..message("leads", 2)
    };
    server.deliver(to(UserId::new()));
    server.deliver(to(server.world.user_id()));
    server.deliver(message("leads", 0));
    let own = json!({"topic": "leads", "type": "event", "seq": 2, "data": {"seq": 2}});
    assert_eq!(client.hear().await, own);
    assert_eq!(client.hear().await["seq"], 0);
    client.say(json!({"unsubscribe": "leads"})).await;
    client.say(json!({"ping": 1})).await;
    assert_eq!(client.hear().await, json!({"type": "pong"}));
    server.deliver(message("leads", 3));
    client.say(json!({"ping": 1})).await;
    assert_eq!(client.hear().await, json!({"type": "pong"}));
    server.stop().await;
}

#[actix_web::test]
async fn a_resuming_client_has_no_gap_and_no_double() {
    let history = History {
        stored: Mutex::new((1..=5).map(|seq| message(TOPIC, seq)).collect()),
        held: true,
        ..History::default()
    };
    let server = Server::start(history, |_| {}).await;
    let mut client = server.connect().await;
    client.say(json!({"subscribe": TOPIC, "after": 2})).await;
    // The first page (3, 4) is read; then 4 to 7 happen live, of which 6 is also stored in time.
    server.history.read.notified().await;
    server
        .history
        .stored
        .lock()
        .unwrap()
        .push(message(TOPIC, 6));
    for seq in 4..=7 {
        server.deliver(message(TOPIC, seq));
    }
    server.history.release.notify_one();
    server.history.read.notified().await;
    server.history.release.notify_one();
    let mut seqs = Vec::new();
    let mut subscribed = None;
    while seqs.len() < 5 {
        let frame = client.hear().await;
        match frame["type"].as_str() {
            Some("subscribed") => subscribed = frame["seq"].as_i64(),
            _ => seqs.push(frame["seq"].as_i64().unwrap()),
        }
    }
    assert_eq!(seqs, [3, 4, 5, 6, 7]);
    assert_eq!(subscribed, Some(6));
    server.deliver(message(TOPIC, 7));
    server.deliver(message(TOPIC, 8));
    assert_eq!(client.hear().await["seq"], 8);
    server.stop().await;
}

#[actix_web::test]
async fn a_topic_is_refused_by_its_source_and_the_socket_stays() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    client.say(json!({"subscribe": "secret"})).await;
    let refused =
        json!({"topic": "secret", "type": "error", "code": "forbidden", "detail": "not for you"});
    assert_eq!(client.hear().await, refused);
    client.say(json!({"subscribe": "nothing"})).await;
    assert_eq!(client.hear().await["code"], "not_found");
    client.0.send(Message::text("{")).await.unwrap();
    assert_eq!(client.hear().await["code"], "malformed_json");
    client.subscribe("leads").await;
    server.stop().await;
}

fn status_of(error: &SocketError) -> u16 {
    match error {
        SocketError::Http(response) => response.status().as_u16(),
        other => panic!("{other}"),
    }
}

/// Uses a ticket twice and gives the status of the second try.
async fn second_use(server: &Server) -> u16 {
    let url = server.url(&server.ticket().await);
    let first = connect_async(url.clone()).await;
    assert!(first.is_ok());
    status_of(&connect_async(url).await.unwrap_err())
}

#[actix_web::test]
async fn a_ticket_opens_one_socket_once() {
    let test = TestDatabase::create().await;
    let world = World::new(Role::Manager);
    let mut state = lonely_state(&world).await;
    state.redis = test.redis.clone();
    let server = Server::serve(world, state, History::default(), |_| {});
    assert_eq!(second_use(&server).await, 401);
    server.stop().await;
}

#[actix_web::test]
async fn a_ticket_opens_its_socket_while_redis_is_only_thought_to_be_away() {
    let test = TestDatabase::create().await;
    let world = World::new(Role::Manager);
    let mut state = lonely_state(&world).await;
    state.redis = test.redis.clone();
    let server = Server::serve(world, state, History::default(), |_| {});
    let url = server.url(&server.ticket().await);
    server.state.redis.failed();
    assert!(connect_async(url).await.is_ok());
    server.stop().await;
}

#[actix_web::test]
async fn while_redis_is_away_a_ticket_still_opens_one_socket() {
    let server = Server::usual().await;
    // Whether another process knows the ticket, nobody can say.
    assert_eq!(second_use(&server).await, 503);
    server.stop().await;
}

#[actix_web::test]
async fn pages_of_other_origins_cannot_connect() {
    let server = Server::usual().await;
    let url = server.url(&server.ticket().await);
    let mut request = url.into_client_request().unwrap();
    let origin = "https://evil.example".parse().unwrap();
    request.headers_mut().insert("origin", origin);
    let refused = connect_async(request).await.unwrap_err();
    assert_eq!(status_of(&refused), 403);
    server.stop().await;
}

#[actix_web::test]
async fn who_loses_access_loses_the_socket() {
    let often = |settings: &mut SocketSettings| settings.recheck_every = Duration::from_millis(30);
    let server = Server::start(History::default(), often).await;
    let mut client = server.connect().await;
    client.subscribe("leads").await;
    server.world.disable();
    assert_eq!(client.closed().await, 4401);
    server.stop().await;

    let server = Server::start(History::default(), often).await;
    let mut client = server.connect().await;
    server.world.suspend();
    assert_eq!(client.closed().await, 4403);
    server.stop().await;
}

#[actix_web::test]
async fn a_client_that_reads_too_slowly_is_asked_to_come_again() {
    let small = |settings: &mut SocketSettings| settings.buffer = 4;
    let server = Server::start(History::default(), small).await;
    let mut client = server.connect().await;
    client.subscribe("leads").await;
    for seq in 1..=1_000 {
        server.deliver(message("leads", seq));
    }
    assert_eq!(client.closed().await, 1013);
    server.stop().await;
}

#[actix_web::test]
async fn when_messages_were_lost_clients_come_again() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    client.subscribe("leads").await;
    server.hub.lost();
    assert_eq!(client.closed().await, 1013);
    server.stop().await;
}

#[actix_web::test]
async fn a_frame_that_is_too_large_ends_the_socket() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    let huge = "x".repeat(10_000);
    client.say(json!({"subscribe": huge})).await;
    assert_eq!(client.closed().await, 1009);
    server.stop().await;
}

#[actix_web::test]
async fn a_stopping_process_says_goodbye() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    client.subscribe("leads").await;
    server.hub.shutdown(Duration::from_secs(8));
    // Alone, it need not wait for anybody.
    assert_eq!(client.closed().await, 1001);
    let url = server.url(&server.ticket().await);
    let refused = connect_async(url).await.unwrap_err();
    assert_eq!(status_of(&refused), 503);
    server.stop().await;
}

#[actix_web::test]
async fn sockets_of_a_stopping_process_are_closed_one_after_the_other_and_work_until_then() {
    const WITHIN: Duration = Duration::from_millis(1_600);
    let server = Server::usual().await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut client = server.connect().await;
        client.subscribe("leads").await;
        clients.push(client);
    }
    let begun = Instant::now();
    server.hub.shutdown(WITHIN);
    tokio::time::sleep(WITHIN / 8).await;
    server.deliver(message("leads", 1));
    let closings = clients.into_iter().map(|mut client| async move {
        let mut heard = false;
        loop {
            if let Message::Close(frame) = client.next().await {
                return (begun.elapsed(), heard, u16::from(frame.unwrap().code));
            }
            heard = true;
        }
    });
    let mut closings = futures_util::future::join_all(closings).await;
    closings.sort_by_key(|(after, ..)| *after);
    assert!(
        closings.iter().all(|(_, _, code)| *code == 1001),
        "{closings:?}"
    );
    // The first one goes at once, and the others hear on until their turn.
    let heard: Vec<bool> = closings.iter().map(|(_, heard, _)| *heard).collect();
    assert_eq!(heard, [false, true, true, true, true], "{closings:?}");
    let gaps = closings[1..].windows(2).map(|pair| pair[1].0 - pair[0].0);
    assert!(gaps.clone().all(|gap| gap >= WITHIN / 8), "{closings:?}");
    assert!(
        closings[4].0 <= WITHIN + Duration::from_millis(500),
        "{closings:?}"
    );
    server.stop().await;
}
