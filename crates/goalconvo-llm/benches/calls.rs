//! What a call costs us: calls a second, CPU a call and memory, with 1, 64, 512 and 2,000 open callers, against a stub
//! that answers after 20 ms.
//!
//! `cargo bench -p goalconvo-llm --bench calls` runs it with the Rust stub in a process of its own;
//! `… -- --url http://127.0.0.1:8089/v1` asks another server (such as a stub in another language),
//! `--threads 1` runs the client on one thread. Each caller
//! plays conversations of ten calls over a prompt that grows, as a user of this crate does; with a journal,
//! every reply is on disk before it is used. CPU and memory are this process's alone, read from `/proc`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark prints, and may stop"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use goalconvo_llm::{
    Accounts, Address, Durability, Journal, Journaled, Ledger, Limits, Message, Model, Provider, RemoteModel,
    Request, Settings, Tag, Transport, TransportConfig, WindowConfig,
};
use goalconvo_stub::{Config, Stub};
use tokio::task::JoinSet;

const RUN: Duration = Duration::from_secs(5);
const CALLERS: [usize; 4] = [1, 64, 512, 2000];

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.iter().any(|arg| arg == "serve") {
        return runtime(2).block_on(serve());
    }
    let url = args.iter().position(|arg| arg == "--url").map(|at| args[at + 1].clone());
    let stub = if url.is_none() { Some(start()) } else { None };
    let url = url.or(stub.as_ref().map(|(_, url)| format!("{url}/v1"))).unwrap();
    let threads =
        args.iter().position(|arg| arg == "--threads").map_or(2, |at| args[at + 1].parse().unwrap());
    println!("a bare socket, one caller: {:.1} calls/s at best", bare_socket(&url));
    println!();
    println!("| open callers | journal | calls | calls/s | CPU ms a call | p50 ms | p99 ms | peak RSS MB |");
    println!("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for journal in [None, Some(Durability::BeforeUse), Some(Durability::Within(Duration::from_millis(50)))] {
        for callers in CALLERS {
            if callers + 64 > open_files() {
                println!(
                    "| {callers} | not measured: `ulimit -n` allows {} open files | | | | | | |",
                    open_files()
                );
                continue;
            }
            runtime(threads).block_on(measure(&url, callers, journal));
        }
    }
    if let Some((mut child, _)) = stub {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// One thread is this thread alone: nothing is handed from one to another.
fn runtime(threads: usize) -> tokio::runtime::Runtime {
    let mut builder = match threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.worker_threads(threads.max(1)).enable_all().build().unwrap()
}

async fn serve() {
    let config = Config { delay_ms: 20.0, count_prefixes: false, ..Config::default() };
    let stub = Stub::start(config).await.unwrap();
    println!("{}", stub.url());
    stub.forever().await;
}

fn start() -> (Child, String) {
    let me = std::env::current_exe().unwrap();
    let mut child = Command::new(me).arg("serve").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}

/// What the server allows one caller: the median of a few dozen calls over a socket, with nothing around it.
fn bare_socket(url: &str) -> f64 {
    let place = url.trim_start_matches("http://");
    let (host, path) = place.split_once('/').unwrap();
    let mut socket = TcpStream::connect(host).unwrap();
    socket.set_nodelay(true).unwrap();
    let body = r#"{"model":"stub","messages":[{"role":"user","content":"Hi"}]}"#;
    let head = format!(
        "POST /{path}/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut times: Vec<Duration> = (0..99)
        .map(|_| {
            let asked = Instant::now();
            socket.write_all(format!("{head}{body}").as_bytes()).unwrap();
            assert!(socket.read(&mut [0; 65536]).unwrap() > 0);
            asked.elapsed()
        })
        .collect();
    times.sort_unstable();
    1.0 / times[49].as_secs_f64()
}

async fn measure(url: &str, callers: usize, journal: Option<Durability>) {
    let folder = tempfile::tempdir().unwrap();
    let address: Address = format!("{url}#stub").parse().unwrap();
    let transport = Transport::http(&TransportConfig::default()).unwrap();
    let limits = Limits { window: WindowConfig::fixed_at_most(callers), ..Limits::default() };
    let provider =
        Provider::new(&address, None, &transport, Settings { limits, ..Settings::default() }).unwrap();
    let remote = RemoteModel::new(&address, &provider, Accounts::default()).unwrap();
    let model: Arc<dyn Model> = if let Some(sync) = journal {
        let (journal, _) = Journal::open(&folder.path().join("journal"), sync).unwrap();
        Arc::new(Journaled::new(remote, journal, Ledger::new()))
    } else {
        Arc::new(remote)
    };
    talk(&model, callers, Instant::now() + Duration::from_millis(300)).await;
    let (cpu, started) = (cpu_seconds(), Instant::now());
    let mut latencies = talk(&model, callers, started + RUN).await;
    let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    latencies.sort_unstable();
    let calls = latencies.len();
    let at = |share: usize| latencies[(calls - 1) * share / 100].as_secs_f64() * 1e3;
    println!(
        "| {callers} | {} | {calls} | {:.0} | {:.3} | {:.1} | {:.1} | {:.0} |",
        match journal {
            None => "none",
            Some(Durability::BeforeUse) => "synced before use",
            Some(Durability::Within(_)) => "synced within 50 ms",
        },
        calls as f64 / wall,
        cpu * 1e3 / calls as f64,
        at(50),
        at(99),
        peak_megabytes(),
    );
}

/// All callers talk until the end; the latency of each call as its caller saw it.
async fn talk(model: &Arc<dyn Model>, callers: usize, end: Instant) -> Vec<Duration> {
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        tasks.spawn(converse(Arc::clone(model), caller, end));
    }
    tasks.join_all().await.concat()
}

async fn converse(model: Arc<dyn Model>, caller: usize, end: Instant) -> Vec<Duration> {
    let rules: Arc<str> =
        "You are a patient clerk. Answer in one sentence, and never invent a number. ".repeat(12).into();
    let mut latencies = Vec::new();
    for conversation in 0.. {
        let scope: Arc<str> = format!("{caller}-{conversation}-{end:?}").into();
        let mut messages = vec![Message::system(Arc::clone(&rules)), Message::user("Hello, I need a room.")];
        for turn in 0..10 {
            let tag = Tag { scope: Arc::clone(&scope), turn, role: "user".into(), ..Tag::default() };
            let seed = Some(u32::try_from(caller * 1000 + conversation).unwrap());
            let request = Request { seed, max_tokens: Some(128), tag, ..Request::new(messages.clone()) };
            let asked = Instant::now();
            let reply = model.complete(request).await.unwrap();
            latencies.push(asked.elapsed());
            if Instant::now() >= end {
                return latencies;
            }
            messages.push(Message::assistant(reply.text));
            messages.push(Message::user("Fine, go on."));
        }
    }
    latencies
}

/// User and system time of this process, all threads.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// How many files, sockets among them, may be open.
fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    line.split_whitespace().nth(3).unwrap().parse().unwrap_or(usize::MAX)
}

fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
