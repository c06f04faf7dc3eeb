//! The programs themselves, each in a process of its own.

use crate::{Service, binary, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};
use tempfile::TempDir;

/// The six programs, each with the name of its service and its own health route.
pub const PROGRAMS: [(&str, &str, &str); 6] = [
    ("auth-service", "auth", "/auth/health"),
    ("user-soap-service", "user-soap", "/user-soap/health"),
    ("session-service", "session", "/health"),
    ("image-service", "image", "/health"),
    ("user-lookup-service", "user-lookup", "/user-search/health"),
    ("connected-service", "connected", "/connected/health"),
];

/// A program that was started. It is killed when this is dropped, and when the process of the tests is.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Program {
    /// Starts a program with these settings and no others, in an empty folder.
    ///
    /// It must be called on a thread that lives as long as the program is to: when a thread ends, the kernel ends
    /// the processes that it started with the wish to die with it.
    ///
    /// # Panics
    /// Where it cannot be started.
    #[must_use]
    pub fn start(name: &str, working_dir: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = leashed(&binary(name));
        command.env_clear().current_dir(working_dir).envs(settings.iter().copied());
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let log = Arc::new(Mutex::new(String::new()));
        let stderr = child.stderr.take().expect("a pipe");
        let lines = Arc::clone(&log);
        let reader = thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut log = lines.lock().expect("nobody panics with the log");
                log.push_str(&line);
                log.push('\n');
            }
        });
        Self { name: name.to_owned(), child, log, reader: Some(reader) }
    }

    /// Where the services of the program listen, by their names, once so many do.
    ///
    /// # Panics
    /// Where the program ends instead.
    pub fn listening(&mut self, services: usize) -> HashMap<String, SocketAddr> {
        let what = format!("{} to listen", self.name);
        until(&what, || {
            let found = addresses(&self.log());
            if found.len() < services
                && let Some(status) = self.child.try_wait().expect("a child")
            {
                panic!("{} ended with {status}:\n{}", self.name, self.log());
            }
            (found.len() >= services).then_some(found)
        })
    }

    /// The id of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that it has written to stderr so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().expect("nobody panics with the log").clone()
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a process id")).expect("a process id");
        kill_process(pid, Signal::TERM).expect("it can be signalled");
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for its end; returns how it ended, what it wrote to stdout, and its log.
    ///
    /// # Panics
    /// Where it does not end.
    pub fn ended(mut self) -> (ExitStatus, String, String) {
        let what = format!("{} to end", self.name);
        let status = until(&what, || self.child.try_wait().expect("a child"));
        let mut stdout = String::new();
        self.child.stdout.take().expect("a pipe").read_to_string(&mut stdout).expect("text");
        self.reader.take().expect("it reads").join().expect("it reads to the end");
        (status, stdout, self.log())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The command, with the wish that its process dies with ours: `setpriv` is where Linux's own tools are.
#[must_use]
pub fn leashed(path: &Path) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    if setpriv.exists() {
        let mut command = Command::new(setpriv);
        command.args(["--pdeathsig", "KILL", "--"]).arg(path);
        command
    } else {
        Command::new(path)
    }
}

/// The addresses that a log tells of.
fn addresses(log: &str) -> HashMap<String, SocketAddr> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter(|line| line["message"] == "listening")
        .filter_map(|line| {
            Some((line["service"].as_str()?.to_owned(), line["address"].as_str()?.parse().ok()?))
        })
        .collect()
}

/// The six programs on one folder.
#[derive(Debug)]
pub struct Programs {
    // Before the folder, to be dropped before it.
    programs: HashMap<&'static str, Program>,
    services: HashMap<&'static str, Service>,
    settings: Vec<(String, String)>,
    folder: TempDir,
}

impl Programs {
    /// Starts all six at the same moment on an empty folder, with these settings besides the usual ones. They may
    /// not listen yet.
    ///
    /// # Panics
    /// Where one cannot be started.
    #[must_use]
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let data = data.to_str().expect("a path in UTF-8");
        let usual = [("PORT", "0"), ("DATA_DIR", data), ("PASSWORD_ITERATIONS", "100000")];
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let settings = usual.iter().chain(settings).map(owned).collect();
        let mut programs = Self { programs: HashMap::new(), services: HashMap::new(), settings, folder };
        for (_, service, _) in PROGRAMS {
            programs.launch(service);
        }
        programs
    }

    /// Starts the program of a service.
    pub fn launch(&mut self, service: &'static str) {
        let started = self.another(service);
        self.programs.insert(service, started);
    }

    /// One more process of a service, on the same folder.
    #[must_use]
    pub fn another(&self, service: &str) -> Program {
        let (name, ..) = PROGRAMS.iter().find(|(_, of, _)| *of == service).expect("a service");
        let settings: Vec<_> =
            self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Program::start(name, self.folder.path(), &settings)
    }

    /// Waits until the program of a service listens, and returns the service.
    ///
    /// # Panics
    /// Where it ends instead.
    pub fn listening(&mut self, service: &'static str) -> Service {
        let addresses = self.programs.get_mut(service).expect("it was started").listening(1);
        let found = Service::at(service, addresses[service]);
        self.services.insert(service, found.clone());
        found
    }

    /// The service where it listened when somebody last waited for it.
    ///
    /// # Panics
    /// Where nobody ever did.
    #[must_use]
    pub fn service(&self, service: &str) -> &Service {
        self.services.get(service).expect("it listens")
    }

    /// The program of a service, which is no longer one of these then.
    ///
    /// # Panics
    /// Where it was never started.
    #[must_use]
    pub fn take(&mut self, service: &str) -> Program {
        self.programs.remove(service).expect("it was started")
    }

    /// `kill -9` of the program of a service.
    pub fn kill(&mut self, service: &str) {
        self.programs.get_mut(service).expect("it was started").kill();
    }

    /// All that the programs have written to stderr.
    #[must_use]
    pub fn logs(&self) -> String {
        self.programs.values().map(Program::log).collect()
    }

    /// The folder of the stores.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Ends all as an operator does.
    ///
    /// # Panics
    /// Where one does not end with 0, or has panicked before.
    pub fn stop(mut self) {
        for program in self.programs.values() {
            program.terminate();
        }
        for (service, program) in self.programs.drain() {
            let (status, _, log) = program.ended();
            assert_eq!(status.code(), Some(0), "{service}:\n{log}");
            assert!(!log.contains("panick"), "{service}:\n{log}");
        }
    }
}

/// The six programs, all of them listening.
#[must_use]
pub fn start_all(settings: &[(&str, &str)]) -> Programs {
    let mut programs = Programs::start(settings);
    for (_, service, _) in PROGRAMS {
        programs.listening(service);
    }
    programs
}
