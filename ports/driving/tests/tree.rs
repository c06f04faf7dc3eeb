//! What a program takes on when it embeds Hexad.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, process::Command};

/// The most packages, `hexad` itself included: what two cores build from nothing in some fifteen seconds.
const MOST: usize = 30;

/// Drivers, runtimes and servers, by the beginning of their names.
const FOREIGN: [&str; 16] = [
    "tokio",
    "async-std",
    "smol",
    "futures-util",
    "hyper",
    "http",
    "axum",
    "tower",
    "tonic",
    "sqlx",
    "mongodb",
    "lapin",
    "object_store",
    "reqwest",
    "xml",
    "ring",
];

/// Every package that comes with `hexad` on this platform.
fn packages() -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--package", "hexad", "--edges", "normal,build"]);
    cargo.args(["--prefix", "none", "--format", "{p}"]);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn an_embedder_takes_on_few_packages_and_none_that_does_io() {
    let packages = packages();
    assert!(packages.contains("hexad-domain") && packages.contains("async-trait"), "{packages:?}");
    let foreign: Vec<_> =
        packages.iter().filter(|name| FOREIGN.iter().any(|foreign| name.starts_with(foreign))).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    assert!(packages.len() <= MOST, "{} packages: {packages:?}", packages.len());
}
