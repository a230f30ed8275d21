//! A mail server that does what a script says.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Copy)]
pub(super) enum Act {
    Say(&'static str),
    Drop,
    Hang,
}

#[derive(Clone)]
pub(super) struct Script {
    pub(super) greeting: Act,
    pub(super) ehlo: Act,
    pub(super) auth: Act,
    pub(super) mail: Act,
    pub(super) rcpt: Act,
    pub(super) data: Act,
    pub(super) content: Act,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            greeting: Act::Say("220 test ready"),
            ehlo: Act::Say("250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN"),
            auth: Act::Say("235 welcome"),
            mail: Act::Say("250 ok"),
            rcpt: Act::Say("250 ok"),
            data: Act::Say("354 go on"),
            content: Act::Say("250 Queued as 4Xyz"),
        }
    }
}

#[derive(Default)]
pub(super) struct Seen {
    pub(super) connections: usize,
    pub(super) commands: Vec<String>,
    /// Mails whose final dot arrived.
    pub(super) mails: Vec<String>,
}

pub(super) struct Server {
    pub(super) port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    pub(super) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        platform_kernel::task::spawn(async move {
            while let Ok((stream, _peer)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                platform_kernel::task::spawn(talk(stream, script.clone(), Arc::clone(&shared)));
            }
        });
        Self { port, seen }
    }

    pub(super) fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap())
    }
}

async fn talk(stream: TcpStream, script: Script, seen: Arc<Mutex<Seen>>) {
    let mut stream = BufReader::new(stream);
    if !act(&mut stream, script.greeting).await {
        return;
    }
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        seen.lock()
            .unwrap()
            .commands
            .push(line.trim_end().to_owned());
        line.clear();
        let next = match verb.as_str() {
            "EHLO" => script.ehlo,
            "AUTH" => script.auth,
            "MAIL" => script.mail,
            "RCPT" => script.rcpt,
            "DATA" => script.data,
            "QUIT" => Act::Say("221 bye"),
            _ => Act::Say("250 ok"),
        };
        if !act(&mut stream, next).await {
            return;
        }
        let taken = matches!(script.data, Act::Say(reply) if reply.starts_with("354"));
        if verb == "DATA" && taken && !content(&mut stream, &script, &seen).await {
            return;
        }
    }
}

async fn content(
    stream: &mut BufReader<TcpStream>,
    script: &Script,
    seen: &Arc<Mutex<Seen>>,
) -> bool {
    let mut mail = String::new();
    while !mail.ends_with("\r\n.\r\n") {
        if stream.read_line(&mut mail).await.unwrap_or(0) == 0 {
            return false;
        }
    }
    seen.lock().unwrap().mails.push(mail);
    act(stream, script.content).await
}

async fn act(stream: &mut BufReader<TcpStream>, act: Act) -> bool {
    match act {
        Act::Say(reply) => {
            let reply = format!("{reply}\r\n");
            stream.get_mut().write_all(reply.as_bytes()).await.is_ok()
        }
        Act::Drop => false,
        Act::Hang => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            false
        }
    }
}
