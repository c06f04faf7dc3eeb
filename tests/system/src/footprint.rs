//! What a folder of embedded stores holds, to tell whether a request left something behind.

use crate::PATIENCE;
use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The rows and the image files of a data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footprint {
    rows: Vec<(&'static str, i64)>,
    images: BTreeSet<PathBuf>,
}

impl Footprint {
    /// What is there now.
    pub async fn of(data_dir: &Path) -> Self {
        let mut rows = Vec::new();
        for (what, query) in [
            ("users", r#"SELECT count(*) FROM "user""#),
            ("sessions", "SELECT count(*) FROM session"),
            ("revocations", "SELECT count(*) FROM revocation"),
            ("events", "SELECT count(*) FROM event"),
        ] {
            rows.push((what, count(data_dir, query).await));
        }
        let mut images = BTreeSet::new();
        walk(&data_dir.join("images"), &mut images);
        Self { rows, images }
    }
}

/// The one number that a query on the database in the folder gives.
pub async fn count(data_dir: &Path, query: &'static str) -> i64 {
    let mut database = SqliteConnectOptions::new()
        .filename(data_dir.join("hexad.db"))
        .read_only(true)
        .connect()
        .await
        .expect("the database");
    sqlx::query_scalar(query).fetch_one(&mut database).await.expect("a number")
}

/// Takes the place of the one who may write in the database of the folder, until it is dropped.
pub async fn hold_writes(data_dir: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(data_dir.join("hexad.db"));
    let mut database = options.busy_timeout(PATIENCE).connect().await.expect("the database");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut database).await.expect("the one place");
    database
}

fn walk(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), found),
            _ => drop(found.insert(entry.path())),
        }
    }
}
