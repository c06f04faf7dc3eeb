//! The servers, by the script that provides them to all tests: a set of their own, as they are killed here.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};
use tokio::task::spawn_blocking;

/// All of them, by the names that the script has for them.
pub const SERVERS: [&str; 4] = ["postgres", "mongo", "rabbitmq", "s3"];

/// Where the script keeps a set of servers.
const FOLDER: &str = "HEXAD_SERVERS_DIR";

/// The variables that name servers which others have started.
const GIVEN: [&str; 6] = [
    "HEXAD_TEST_POSTGRES",
    "HEXAD_TEST_POSTGRES_CA",
    "HEXAD_TEST_MONGO",
    "HEXAD_TEST_AMQP",
    "HEXAD_TEST_RABBITMQ_API",
    "HEXAD_TEST_S3",
];

/// A set of servers.
#[derive(Debug, Clone)]
pub struct Servers {
    folder: PathBuf,
}

impl Servers {
    /// The set in that folder.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Servers { folder: folder.into() }
    }

    /// Starts those that do not run.
    ///
    /// # Panics
    /// Where one does not come up.
    pub async fn start(&self, which: &[&str]) {
        self.run("start", which).await;
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// Where it does not run.
    pub async fn kill(&self, server: &str) {
        self.run("kill", &[server]).await;
    }

    /// Stops all, and removes their data.
    pub async fn stop(&self) {
        self.run("remove", &[]).await;
    }

    async fn run(&self, what: &str, which: &[&str]) {
        let mut command = self.command(what);
        command.args(which).stdout(Stdio::null());
        let status =
            spawn_blocking(move || command.status()).await.expect("it does not panic").expect("a shell");
        assert!(status.success(), "tests/servers {what} {which:?} failed");
    }

    /// What tests read to find them.
    ///
    /// # Panics
    /// Where they do not run.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        let told = self.command("env").output().expect("a shell");
        assert!(told.status.success(), "tests/servers env failed");
        let told = String::from_utf8(told.stdout).expect("text");
        let lines = told.lines().filter_map(|line| line.trim().strip_prefix("export ")?.split_once('='));
        lines.map(|(name, value)| (name.to_owned(), value.trim_matches(['\'', '"']).to_owned())).collect()
    }

    fn command(&self, what: &str) -> Command {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../servers");
        let mut command = Command::new(script);
        for variable in GIVEN {
            command.env_remove(variable);
        }
        command.arg(what).env(FOLDER, &self.folder).stdin(Stdio::null());
        command
    }
}
