//! Servers of Debian's packages, started for one test and ended with it.

use super::certificates::Certificate;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that speaks TLS only, on `localhost`.
pub struct Server {
    process: Child,
    folder: PathBuf,
    pub port: u16,
}

impl Server {
    /// Postgres whose superuser `postgres` has the password `secret`.
    pub fn postgres(certificate: &Certificate, settings: &[&str]) -> Self {
        let folder = folder(certificate);
        let programs = postgres_programs();
        let data = folder.join("data");
        std::fs::write(folder.join("password"), "secret").unwrap();
        give_away(&folder);
        let made = command(&programs.join("initdb"))
            .args([
                "--username=postgres",
                "--auth=scram-sha-256",
                "--no-sync",
                "-E",
                "UTF8",
            ])
            .arg(format!("--pwfile={}", folder.join("password").display()))
            .arg("-D")
            .arg(&data)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        std::fs::write(
            data.join("pg_hba.conf"),
            "hostssl all all all scram-sha-256\n",
        )
        .unwrap();
        let port = free_port();
        let mut server = command(&programs.join("postgres"));
        server.arg("-D").arg(&data).arg("-p").arg(port.to_string());
        let file = |name: &str| folder.join(name).display().to_string();
        for setting in [
            "listen_addresses=localhost".to_owned(),
            format!("unix_socket_directories={}", folder.display()),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", file("server.crt")),
            format!("ssl_key_file={}", file("server.key")),
            "fsync=off".to_owned(),
        ] {
            server.arg("-c").arg(setting);
        }
        for setting in settings {
            server.arg("-c").arg(setting);
        }
        let status = data.join("postmaster.pid");
        let ready = move || {
            let status = std::fs::read_to_string(&status);
            status.is_ok_and(|status| status.contains("ready"))
        };
        Self::start(server, folder, port, ready)
    }

    pub fn redis(certificate: &Certificate) -> Self {
        let folder = folder(certificate);
        give_away(&folder);
        let port = free_port();
        let mut server = command(Path::new("redis-server"));
        server
            .args(["--port", "0", "--bind", "127.0.0.1", "--save", ""])
            .args(["--tls-auth-clients", "no"])
            .arg("--tls-port")
            .arg(port.to_string());
        for (option, file) in [
            ("--tls-cert-file", "server.crt"),
            ("--tls-key-file", "server.key"),
            ("--tls-ca-cert-file", "server.crt"),
            ("--dir", ""),
        ] {
            server.arg(option).arg(folder.join(file));
        }
        let listens = move || TcpStream::connect(("127.0.0.1", port)).is_ok();
        Self::start(server, folder, port, listens)
    }

    fn start(mut command: Command, folder: PathBuf, port: u16, ready: impl Fn() -> bool) -> Self {
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let server = Self {
            process: process.unwrap(),
            folder,
            port,
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while !ready() {
            assert!(Instant::now() < deadline, "the server did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A folder with the certificate in it.
fn folder(certificate: &Certificate) -> PathBuf {
    let name = format!("auterity-tls-{}", uuid::Uuid::now_v7().simple());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("server.crt"), &certificate.pem).unwrap();
    std::fs::write(folder.join("server.key"), &certificate.key).unwrap();
    let owner_only = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(folder.join("server.key"), owner_only).unwrap();
    folder
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Postgres refuses to run as root; its package brings a user of its own.
fn other_user() -> Option<(u32, u32)> {
    let root = std::fs::metadata("/proc/self")
        .is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0);
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users
        .lines()
        .find(|line| line.starts_with("postgres:"))
        .filter(|_| root)?;
    let mut fields = line.split(':').skip(2).map(|field| field.parse().unwrap());
    Some((fields.next()?, fields.next()?))
}

fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = other_user() {
        command.uid(user).gid(group);
    }
    command
}

fn give_away(folder: &Path) {
    let Some((user, group)) = other_user() else {
        return;
    };
    for entry in std::fs::read_dir(folder).unwrap() {
        chown(entry.unwrap().path(), Some(user), Some(group)).unwrap();
    }
    chown(folder, Some(user), Some(group)).unwrap();
}

fn postgres_programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    let mut found: Vec<PathBuf> = versions
        .expect("Debian's postgresql is installed; `make test` does it")
        .map(|entry| entry.unwrap().path().join("bin"))
        .filter(|programs| programs.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().expect("a version of Postgres")
}
