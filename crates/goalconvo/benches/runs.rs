//! What a call costs a whole run: calls a second, CPU a call and memory with 1, 64, 512 and 2,000 open dialogues, against
//! a stub that answers after 20 ms. Two tasks: two personas talk without a world, both played by the model, twelve turns
//! each (what role-play programs do, and what they can be compared by); and dialogues with goals over all built-in
//! domains, whose user is played by the model and whose assistant, tools, proofs and judges are the program's own.
//!
//! `cargo bench -p goalconvo --bench runs` starts the Rust stub and the program in processes of their own. Options
//! after `--`: `--open 64,2000` which numbers of open dialogues, `--task talks` or `--task dialogues` one of the tasks,
//! `--url http://127.0.0.1:8089/v1` another server (such as a stub in another language), `--play "--model"` who is
//! played by the model in dialogues, `--calls 20000` about how many calls a row, `--program PATH` another program.
//!
//! All that the run does is in the figures: from the start of the process over prompts, client, journal, parsing back,
//! judging and writing to its end. CPU is user and system time of the program's process, as the system counts it when
//! it ends; memory is its peak (`VmHWM`). The stub is in neither.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark prints, and may stop"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use goalconvo_stub::{Config, Stats, Stub};

/// What the dialogues are.
#[derive(Clone, Copy, PartialEq)]
enum Task {
    /// Two personas, twelve turns.
    Talks,
    /// Goals over worlds.
    Dialogues,
}

/// What is measured.
struct Asked {
    open: Vec<u64>,
    tasks: Vec<Task>,
    play: String,
    calls: u64,
    program: String,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.iter().any(|arg| arg == "serve") {
        return tokio::runtime::Runtime::new().unwrap().block_on(serve());
    }
    let option = |name: &str| args.iter().position(|arg| arg == name).map(|at| args[at + 1].clone());
    let asked = Asked {
        open: option("--open").map_or(vec![1, 64, 512, 2000], |list| {
            list.split(',').map(|number| number.parse().unwrap()).collect()
        }),
        tasks: match option("--task").as_deref() {
            Some("talks") => vec![Task::Talks],
            Some("dialogues") => vec![Task::Dialogues],
            Some(other) => panic!("--task {other}: expected talks or dialogues"),
            None => vec![Task::Talks, Task::Dialogues],
        },
        play: option("--play").unwrap_or("--user-model".to_owned()),
        calls: option("--calls").map_or(20_000, |number| number.parse().unwrap()),
        program: option("--program").unwrap_or(env!("CARGO_BIN_EXE_goalconvo").to_owned()),
    };
    let own = option("--url").is_none().then(start);
    let url = option("--url").unwrap_or_else(|| format!("{}/v1", own.as_ref().unwrap().1));
    println!("{}; load {}", processor(), fs::read_to_string("/proc/loadavg").unwrap().trim());
    println!("a bare socket, one caller: {:.1} calls/s at best\n", bare_socket(&url));
    println!("| task | open | made | calls | calls/s | CPU ms a call | peak MB |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (task, open) in asked.tasks.iter().flat_map(|task| asked.open.iter().map(move |open| (*task, *open)))
    {
        measure(&asked, (task, open), &url, own.is_some());
    }
    if let Some((mut child, _)) = own {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

async fn serve() {
    let config = Config { delay_ms: 20.0, count_prefixes: false, obeys: true, ..Config::default() };
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

/// The personas of the talks.
const PERSONAS: [(&str, &str); 2] = [
    ("frank.toml", "name = \"Frank\"\nage = 60\nwants = \"a quiet birthday\"\n"),
    ("mia.toml", "name = \"Mia\"\nage = 24\nwants = \"a party for her father\"\n"),
];

/// One row: a run of its own, in a new folder.
fn measure(asked: &Asked, (task, open): (Task, u64), url: &str, counts: bool) {
    // At 20 ms a call, a row of one at a time is some thirty seconds.
    let calls = if open == 1 { asked.calls.min(1_500) } else { asked.calls.max(open * 12) };
    let folder = tempfile::tempdir().unwrap();
    let model = format!("{url}#m");
    // A talk takes twelve calls, a dialogue about seven.
    let (name, count, how) = match task {
        Task::Talks => {
            for (name, text) in PERSONAS {
                fs::write(folder.path().join(name), text).unwrap();
            }
            let [first, second] = PERSONAS.map(|(name, _)| name);
            let personas = ["--persona", first, "--persona", second];
            let how = [&personas[..], &["--max-turns", "12", "--ends", "nobody", "--model", &model]].concat();
            ("talks", calls.div_ceil(12), how)
        }
        Task::Dialogues => ("dialogues", calls.div_ceil(7), vec![asked.play.as_str(), &model]),
    };
    let before = if counts { stats(url).requests } else { 0 };
    let cpu_before = children_seconds();
    let started = Instant::now();
    let mut child = Command::new(&asked.program)
        .args(["generate", "-n", &count.to_string(), "--seed", "5", "--concurrency", &open.to_string()])
        .args(how)
        .args(["--out", "run"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0.0;
    while child.try_wait().unwrap().is_none() {
        peak = megabytes(child.id()).unwrap_or(peak);
        std::thread::sleep(Duration::from_millis(20));
    }
    let (wall, cpu) = (started.elapsed().as_secs_f64(), children_seconds() - cpu_before);
    let calls =
        if counts { stats(url).requests - before } else { journaled(&folder.path().join("run")) } as f64;
    println!(
        "| {name} | {open} | {count} | {calls} | {:.1} | {:.3} | {peak:.0} |",
        calls / wall,
        cpu * 1e3 / calls
    );
}

/// How many answers lie in a run's journal.
fn journaled(run: &Path) -> u64 {
    let bytes = fs::read(run.join("journal/replies")).unwrap();
    bytes.windows(11).filter(|window| window == b"{\"answer\":{").count() as u64
}

/// What the stub has counted.
fn stats(url: &str) -> Stats {
    let host = host_of(url).0;
    let mut socket = TcpStream::connect(host).unwrap();
    socket
        .write_all(format!("GET /stats HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes())
        .unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn host_of(url: &str) -> (&str, &str) {
    url.trim_start_matches("http://").split_once('/').unwrap()
}

/// What the server allows one caller: the median of a few dozen calls over a socket, with nothing around it.
fn bare_socket(url: &str) -> f64 {
    let (host, path) = host_of(url);
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

/// User and system time of the children that have ended.
fn children_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[13].parse::<f64>().unwrap() + fields[14].parse::<f64>().unwrap()) / 100.0
}

/// The peak of a process that runs.
fn megabytes(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap();
    let names: Vec<&str> = info.lines().filter(|line| line.starts_with("model name")).collect();
    let name = names.first().and_then(|line| line.split_once(": ")).map_or("unknown", |(_, name)| name);
    format!("{} × {name}", names.len())
}
