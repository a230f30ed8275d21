mod calls;
mod names;
mod table;

use crate::caller::GuardedHttp;
use crate::resolver::Lookup;
use crate::target::GuardedHttpConfig;
use async_trait::async_trait;
use platform_kernel::ports::HttpCall;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Answers each question with the next of its answers, and with the last one from then on.
struct Scripted(Mutex<Vec<Vec<IpAddr>>>);

#[async_trait]
impl Lookup for Scripted {
    async fn lookup(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0].clone()
        };
        if answer.is_empty() {
            return Err(io::Error::other("no such name"));
        }
        Ok(answer)
    }
}

fn resolving(config: GuardedHttpConfig, answers: &[&[&str]]) -> GuardedHttp {
    let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
    let answers = answers.iter().map(parse).collect();
    GuardedHttp::with_lookup(config, Arc::new(Scripted(Mutex::new(answers)))).unwrap()
}

/// Loopback is allowed, as an operator would allow a subnet.
fn with_loopback(ports: &[u16]) -> GuardedHttpConfig {
    GuardedHttpConfig {
        allowed_subnets: vec!["127.0.0.0/8".parse().unwrap()],
        allowed_ports: ports.to_vec(),
        ..GuardedHttpConfig::default()
    }
}

fn call(method: &str, url: &str) -> HttpCall {
    HttpCall {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        timeout: Duration::from_secs(5),
    }
}
