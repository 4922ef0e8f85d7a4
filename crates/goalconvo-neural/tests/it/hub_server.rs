//! A server on this machine that offers one model's folder as the Hugging Face hub does: a list of files with digests,
//! small files as they are, large ones by a redirect to another host.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::json;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The commit that every branch means.
pub(crate) const COMMIT: &str = "1f00ba20c0ffee0000000000000000000000cafe";

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The first transfer of the weights ends in the middle.
    Cut,
    /// The weights are others than were announced.
    Swapped,
    /// The commit is a path that leads out of the cache.
    Climbing,
}

/// The server; it ends with the process.
pub(crate) struct HubServer {
    /// Its address.
    pub(crate) endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HubServer {
    /// Offers the folder as the model `owner/name`.
    pub(crate) fn of(folder: &Path, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let offer = Offer { folder: folder.to_path_buf(), port, fault, asked: Arc::clone(&asked) };
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| offer.answer(stream)));
        Self { endpoint: format!("http://127.0.0.1:{port}"), asked }
    }

    /// What was asked since the last time: path, range and whether a token came with it.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

struct Offer {
    folder: PathBuf,
    port: u16,
    fault: Fault,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Offer {
    fn answer(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let path = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or_default().to_owned();
        let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let header = |name: &str| {
            headers
                .iter()
                .find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)))
        };
        let from = header("range")
            .and_then(|(_, range)| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        let token = if header("authorization").is_some() { " with a token" } else { "" };
        let is_first = !self.asked.lock().unwrap().iter().any(|asked| asked.contains("/large/"));
        self.asked.lock().unwrap().push(
            format!("{path}{} {token}", from.map_or_else(String::new, |n: usize| format!(" from {n}")))
                .trim_end()
                .to_owned(),
        );
        let reply = self.reply(&path, from.unwrap_or(0), is_first);
        // A client that has gone is its own affair.
        drop(stream.write_all(&reply));
    }

    fn reply(&self, path: &str, from: usize, is_first: bool) -> Vec<u8> {
        if path == "/api/models/owner/name/revision/main?blobs=true" {
            return reply("200 OK", "", self.listing().to_string().as_bytes(), usize::MAX);
        }
        let file = |prefix: &str| {
            path.strip_prefix(prefix).map(|name| (name, std::fs::read(self.folder.join(name))))
        };
        if let Some((_, Ok(mut bytes))) = file("/large/") {
            if self.fault == Fault::Swapped {
                bytes.reverse();
            }
            let sent = if self.fault == Fault::Cut && is_first { bytes.len() / 2 } else { usize::MAX };
            let status = if from > 0 { "206 Partial Content" } else { "200 OK" };
            return reply(status, "", &bytes[from..], sent);
        }
        match file(&format!("/owner/name/resolve/{COMMIT}/")) {
            Some((name, Ok(_))) if is_large(name) => {
                let elsewhere = format!("Location: http://localhost:{}/large/{name}\r\n", self.port);
                reply("302 Found", &elsewhere, b"", usize::MAX)
            }
            Some((_, Ok(bytes))) => reply("200 OK", "", &bytes, usize::MAX),
            _ => reply("404 Not Found", "", b"", usize::MAX),
        }
    }

    fn listing(&self) -> serde_json::Value {
        let files = files(&self.folder).into_iter().map(|path| {
            let name = path.strip_prefix(&self.folder).unwrap().display().to_string();
            let bytes = std::fs::read(&path).unwrap();
            let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            let git =
                Sha1::new_with_prefix(format!("blob {}\0", bytes.len())).chain_update(&bytes).finalize();
            let git: String = git.iter().map(|byte| format!("{byte:02x}")).collect();
            let large =
                is_large(&name).then(|| json!({"sha256": sha256, "size": bytes.len(), "pointerSize": 134}));
            json!({"rfilename": name, "size": bytes.len(), "blobId": git, "lfs": large})
        });
        let commit = if self.fault == Fault::Climbing { "../../../elsewhere" } else { COMMIT };
        json!({"id": "owner/name", "sha": commit, "siblings": files.collect::<Vec<_>>()})
    }
}

/// The files of a folder and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn is_large(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "safetensors" || end == "bin")
}

/// A reply that announces all of its body and sends the first `sent` bytes.
fn reply(status: &str, headers: &str, body: &[u8], sent: usize) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), &body[..sent.min(body.len())]].concat()
}
