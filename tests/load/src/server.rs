//! A program that is loaded.

use hexad_system_tests::{PATIENCE, Service, leashed};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A running program, and its service as clients see it.
pub(crate) struct Server {
    child: Child,
    pub(crate) service: Service,
}

impl Server {
    /// Starts the program of a service on the stores in a folder.
    pub(crate) async fn start(programs: &Path, service: &str, folder: &Path) -> Self {
        let mut command = leashed(&programs.join(format!("{service}-service")));
        command.env_clear().current_dir(folder).envs([
            ("PORT", "0"),
            ("LOG_LEVEL", "info"),
            ("LOG_FORMAT", "json"),
        ]);
        let piped = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("it starts");
        let mut log = BufReader::new(child.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        let service = service.to_owned();
        let found = tokio::task::spawn_blocking(move || {
            let line = log.find_map(|line| {
                let line: Value = serde_json::from_str(&line).ok()?;
                let address = line.get("address")?.as_str()?.parse().ok()?;
                (line.get("message")? == "listening").then_some(address)
            });
            // Whoever does not read it holds the program up.
            thread::spawn(move || log.for_each(drop));
            Service::at(&service, line.expect("it listens"))
        });
        let service = tokio::time::timeout(PATIENCE, found).await.expect("in time").expect("it listens");
        Server { child, service }
    }

    /// The CPU time that it has used.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("a process");
        // The name of the program, in brackets, may hold anything; the 14th and 15th field are the times.
        let (_, fields) = stat.rsplit_once(')').expect("a name");
        let ticks: u64 =
            fields.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum();
        Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// Ends it, as an operator does.
    pub(crate) fn stop(mut self) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).expect("it can be signalled");
        let begun = Instant::now();
        let status = self.child.wait().expect("a child");
        assert!(status.success(), "{status} after {:?}", begun.elapsed());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
