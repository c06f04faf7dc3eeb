//! The suite as a process: how it starts, what it says, and how it ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

const PORTS: [&str; 6] =
    ["AUTH_PORT", "USER_SOAP_PORT", "SESSION_PORT", "IMAGE_PORT", "USER_LOOKUP_PORT", "CONNECTED_PORT"];

/// Nothing here takes this long, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The suite with an environment of its own, on free ports.
fn hexad(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hexad"));
    command.env_clear().env("DATA_DIR", data).envs(PORTS.map(|port| (port, "0")));
    command
        .current_dir(data.parent().unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A suite that is up. It is killed where a test fails.
struct Up {
    child: Child,
    stdout: BufReader<ChildStdout>,
    greeting: String,
}

impl Up {
    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut up = Up { child, stdout, greeting: String::new() };
        while !up.greeting.contains("curl ") {
            let read = up.stdout.read_line(&mut up.greeting).unwrap();
            assert_ne!(read, 0, "it ended: {}", up.stderr());
        }
        up
    }

    fn address(&self, service: &str) -> SocketAddr {
        let mut lines = self.greeting.lines().map(str::trim);
        let line = lines.find(|line| line.split(' ').next() == Some(service)).unwrap();
        line.rsplit("http://").next().unwrap().parse().unwrap()
    }

    fn connect(&self, service: &str) -> TcpStream {
        let stream = TcpStream::connect(self.address(service)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn signal(&self, name: &str) {
        let killed = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    fn stderr(&mut self) -> String {
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn end(mut self) -> (ExitStatus, String) {
        let log = self.stderr();
        (self.child.wait().unwrap(), log)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a service answers to a request, until it closes.
fn ask(mut stream: TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn ends_with(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn it_greets_serves_and_ends_well_on_either_signal() {
    for signal in ["TERM", "INT"] {
        let place = tempfile::tempdir().unwrap();
        let up = Up::start(&mut hexad(&place.path().join("data")));
        let routes = [
            ("auth", "/auth/health"),
            ("user-soap", "/user-soap/health"),
            ("session", "/session/health"),
            ("image", "/profile-image/health"),
            ("user-lookup", "/user-search/health"),
            ("connected", "/connected/health"),
        ];
        for (service, route) in routes {
            let request = format!("GET {route} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            let answer = ask(up.connect(service), &request);
            assert!(answer.starts_with("HTTP/1.1 200 "), "{service}: {answer}");
        }
        up.signal(signal);
        let (status, log) = up.end();
        assert_eq!(status.code(), Some(0), "{log}");
        // Nobody looks at a terminal here: every line is JSON, those of the requests among them.
        for (_, route) in routes {
            assert!(log.contains(route), "{route} in {log}");
        }
        assert!(log.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{log}");
    }
}

#[test]
fn a_request_that_runs_is_finished_and_a_second_signal_ends_at_once() {
    let place = tempfile::tempdir().unwrap();
    let start = |name: &str| {
        let up = Up::start(&mut hexad(&place.path().join(name)));
        // The server is in the middle of this request once it asks for the body.
        let mut stream = up.connect("auth");
        let head = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                    expect: 100-continue\r\ncontent-length: 2\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        let mut line = [0; 25];
        stream.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"HTTP/1.1 100 Continue\r\n\r\n");
        up.signal("TERM");
        // It no longer accepts: it is stopping.
        let address = up.address("auth");
        let patience = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_ok() {
            assert!(Instant::now() < patience, "it still accepts");
            std::thread::yield_now();
        }
        (up, stream)
    };

    let (up, stream) = start("finished");
    let answer = ask(stream, "{}");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(up.end().0.code(), Some(0));

    let (up, _stream) = start("cut");
    up.signal("TERM");
    assert_eq!(up.end().0.code(), Some(128 + 15));
}

#[test]
fn what_is_wrong_is_one_line_and_a_failing_exit() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = held.local_addr().unwrap().port().to_string();
    std::fs::write(place.path().join("file"), "").unwrap();
    let file = place.path().join("file");
    for (name, value, says) in [
        ("TOKEN_TTL", "soon", "TOKEN_TTL (from the environment) is \"soon\""),
        ("MONGO_URI", "http://h", "MONGO_URI: "),
        ("PG_HOST", "h", "PG_HOST (from the environment) is given, but POSTGRESQL_DATABASE is not"),
        ("METRICS_ADDR", "127.0.0.1:1", "METRICS_ADDR (from the environment) asks for metrics"),
        ("APP_ENV", "production", "refuses the embedded store of users; set DATABASE_URL"),
        ("PORT", "5001", "AUTH_PORT"),
        ("DATA_DIR", file.to_str().unwrap(), "the data folder"),
        ("IMAGE_PORT", &taken, "image cannot listen on 127.0.0.1:"),
    ] {
        let (code, says_it) = ends_with(hexad(&data).env(name, value));
        assert_eq!(code, Some(1), "{name}: {says_it}");
        let line = says_it.lines().last().unwrap();
        assert!(line.starts_with("hexad: ") && line.contains(says), "{line}");
    }
    assert_eq!(ends_with(hexad(&data).arg("--port=1")).0, Some(2));
    assert_eq!(ends_with(hexad(&data).arg("--help")), (Some(0), String::new()));
}

#[test]
fn a_file_of_settings_is_read_and_the_environment_wins_over_it() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join(".env"), "TOKEN_TTL=never\nLOG=off\n").unwrap();
    let data = place.path().join("data");
    let (code, line) = ends_with(&mut hexad(&data));
    assert_eq!(code, Some(1));
    assert!(line.starts_with("hexad: TOKEN_TTL (from .env) is \"never\""), "{line}");

    let up = Up::start(hexad(&data).env("TOKEN_TTL", "5m"));
    up.signal("TERM");
    let (status, log) = up.end();
    assert_eq!((status.code(), log.as_str()), (Some(0), ""));
}

#[test]
fn any_number_of_them_start_at_the_same_moment_on_an_empty_folder() {
    for _ in 0..3 {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        let starting: Vec<_> = (0..6)
            .map(|_| hexad(&data))
            .map(|mut suite| std::thread::spawn(move || Up::start(&mut suite)))
            .collect();
        let suites: Vec<_> = starting.into_iter().map(|thread| thread.join().unwrap()).collect();
        suites.iter().for_each(|up| up.signal("TERM"));
        for up in suites {
            let (status, log) = up.end();
            assert_eq!(status.code(), Some(0), "{log}");
        }
    }
}
