//! The programs with either way of hashing.

use std::{
    env,
    fmt::{self, Display},
    path::{Path, PathBuf},
    process::Command,
};

/// How passwords are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hashing {
    /// As in a release.
    Lanes,
    /// By the `pbkdf2` crate alone: the feature `plain-hashing`.
    Plain,
}

impl Display for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Hashing::Lanes => "pbkdf2-lanes",
            Hashing::Plain => "the pbkdf2 crate",
        })
    }
}

/// Builds the programs with the profile that this one is built with, and returns their folder.
pub(crate) fn build(hashing: Hashing) -> PathBuf {
    let this = env::current_exe().expect("a path");
    let folder = this.parent().expect("a folder");
    let (name, target) = (folder.file_name().expect("a name"), folder.parent().expect("a folder"));
    let profile = if name == "debug" { "dev" } else { name.to_str().expect("UTF-8") };
    let own = target.join("load").join(if hashing == Hashing::Plain { "plain" } else { "lanes" });
    let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    build.args(["build", "--quiet", "-p", "auth-service", "-p", "user-soap-service", "--profile", profile]);
    if hashing == Hashing::Plain {
        build.args(["--features", "hexad-runtime/plain-hashing"]);
    }
    // What cargo says to this package is none of the business of other packages' build scripts.
    for (name, _) in env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            build.env_remove(name);
        }
    }
    // All else than the programs is built once.
    let built = build.env("CARGO_BUILD_BUILD_DIR", target).arg("--target-dir").arg(&own).status();
    assert!(built.expect("cargo runs").success(), "the programs could not be built");
    own.join(name)
}
