//! A small HTTP/1.1 client: kept-alive connections, one request each at a time. A general client
//! would take more of the two cores than what is measured.

use anyhow::{Context, bail, ensure};
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Requests to one address; connections are opened as they are needed and kept.
pub struct Pool {
    address: String,
    free: Mutex<Vec<TcpStream>>,
}

pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Pool {
    /// `url` is `http://host:port`.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let address = url.strip_prefix("http://").context("only plain HTTP")?;
        Ok(Self {
            address: address.trim_end_matches('/').to_owned(),
            free: Mutex::default(),
        })
    }

    pub async fn post(&self, path: &str, body: &str) -> anyhow::Result<Reply> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.send(request).await
    }

    /// A request of somebody who is signed in.
    pub async fn post_as(&self, token: &str, path: &str, body: &str) -> anyhow::Result<Reply> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.send(request).await
    }

    pub async fn get(&self, path: &str, token: &str) -> anyhow::Result<Reply> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\r\n",
            self.address
        );
        self.send(request).await
    }

    async fn send(&self, request: String) -> anyhow::Result<Reply> {
        // A kept connection may have been closed meanwhile; a new one is asked again then.
        while let Some(kept) = self.free.lock().ok().and_then(|mut free| free.pop()) {
            if let Some(reply) = self.ask(kept, &request).await? {
                return Ok(reply);
            }
        }
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let reply = self.ask(stream, &request).await?;
        reply.context("the connection was closed")
    }

    /// `None` when the connection was closed before anything was answered.
    async fn ask(&self, mut stream: TcpStream, request: &str) -> anyhow::Result<Option<Reply>> {
        if stream.write_all(request.as_bytes()).await.is_err() {
            return Ok(None);
        }
        let reply = read_reply(&mut stream).await?;
        if reply.is_some()
            && let Ok(mut free) = self.free.lock()
        {
            free.push(stream);
        }
        Ok(reply)
    }
}

async fn read_reply(stream: &mut TcpStream) -> anyhow::Result<Option<Reply>> {
    let mut bytes = Vec::with_capacity(2_048);
    let head = loop {
        // A connection that was reset is as good as one that was closed.
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            ensure!(bytes.is_empty(), "the connection was closed");
            return Ok(None);
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let body = bytes.split_off(head + 4);
    let text = String::from_utf8(bytes)?;
    let mut lines = text.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .context("no status")?
        .parse()?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .unwrap_or(0);
    let mut reply = Reply { status, body };
    while reply.body.len() < length {
        if stream.read_buf(&mut reply.body).await? == 0 {
            bail!("the connection was closed");
        }
    }
    Ok(Some(reply))
}
