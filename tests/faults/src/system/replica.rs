//! One process of a service.

use hexad_system_tests::{PROGRAMS, leashed};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Ports that the kernel gives to nobody by itself: a replica finds its own again after each restart.
const PORTS: std::ops::Range<u16> = 21_000..32_000;

/// How long a program may take to be healthy, its stores being there.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often somebody looks.
const INTERVAL: Duration = Duration::from_millis(50);

/// A replica, whether it runs or not.
#[derive(Debug)]
pub struct Replica {
    /// The name of its service.
    pub service: &'static str,
    /// Which of its service's replicas it is, from 1.
    pub number: usize,
    port: u16,
    program: PathBuf,
    settings: Vec<(String, String)>,
    log: PathBuf,
    child: Option<Child>,
    /// Where the log of the present process begins.
    begin: u64,
    armed: bool,
}

/// How a replica that nobody killed has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// The fail point that it reached, and the ids that it told of.
    pub reached: Option<(String, Vec<String>)>,
}

impl Replica {
    pub(super) fn new(
        service: &'static str,
        number: usize,
        program: PathBuf,
        settings: Vec<(String, String)>,
        logs: &Path,
    ) -> Self {
        let log = logs.join(format!("{service}-{number}.log"));
        Replica {
            service,
            number,
            port: free_port(),
            program,
            settings,
            log,
            child: None,
            begin: 0,
            armed: false,
        }
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it, with these settings besides its own. It may not listen yet.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn start(&mut self, settings: &[(&str, &str)]) {
        let log = OpenOptions::new().create(true).append(true).open(&self.log).expect("a log can be written");
        self.begin = log.metadata().expect("it is there").len();
        let folder = self.log.parent().expect("a folder");
        let mut command = leashed(&self.program);
        command.env_clear().current_dir(folder).env("PORT", self.port.to_string());
        command.envs(self.settings.iter().map(|(name, value)| (name, value))).envs(settings.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.armed = settings.iter().any(|(name, _)| *name == "HEXAD_FAIL_POINT");
        self.child = Some(command.spawn().expect("the program can be started"));
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// How it has ended, where it did.
    pub fn ended(&mut self) -> Option<Ended> {
        let status = self.child.as_mut()?.try_wait().ok()??;
        self.child = None;
        let reached = self.said().lines().rev().find_map(|line| {
            let mut words = line.strip_prefix("fail point reached: ")?.split(' ').map(str::to_owned);
            Some((words.next()?, words.collect()))
        });
        Some(Ended { status, reached })
    }

    /// Whether its process was started with a fail point.
    #[must_use]
    pub const fn is_armed(&self) -> bool {
        self.armed
    }

    /// Waits until it answers at all, or has ended.
    pub async fn listening(&mut self, http: &reqwest::Client) {
        let (url, begun) = (format!("{}/livez", self.url()), Instant::now());
        while http.get(&url).send().await.is_err() && self.runs() {
            assert!(begun.elapsed() < PATIENCE, "{} {} does not listen", self.service, self.number);
            sleep(INTERVAL).await;
        }
    }

    fn runs(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Waits until it says that it is healthy.
    ///
    /// # Panics
    /// Where it ends instead, or is not in time.
    pub async fn healthy(&mut self, http: &reqwest::Client) {
        let (.., route) =
            PROGRAMS.iter().find(|(_, service, _)| *service == self.service).expect("a service");
        let (url, begun) = (format!("{}{route}", self.url()), Instant::now());
        loop {
            let answer = http.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            if let Some(ended) = self.ended() {
                panic!("{} {} ended with {}:\n{}", self.service, self.number, ended.status, self.said());
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{} {} is not healthy:\n{}",
                self.service,
                self.number,
                self.said()
            );
            sleep(INTERVAL).await;
        }
    }

    /// The end of what its present process has logged.
    fn said(&self) -> String {
        let mut text = Vec::new();
        if let Ok(mut log) = File::open(&self.log) {
            let end = log.metadata().map_or(0, |log| log.len());
            let from = self.begin.max(end.saturating_sub(4 * 1024));
            let _ = log.seek(SeekFrom::Start(from)).and_then(|_| log.read_to_end(&mut text));
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port of ours that nobody listens on now.
fn free_port() -> u16 {
    // Two replicas get two ports although neither listens yet.
    static NEXT: std::sync::Mutex<Option<std::ops::Range<u16>>> = std::sync::Mutex::new(None);
    let mut next = NEXT.lock().expect("nobody panics with it");
    let ports = next.get_or_insert_with(|| fastrand::u16(PORTS.start..PORTS.end - 1_000)..PORTS.end);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}
