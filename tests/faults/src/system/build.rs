//! The programs, with the failures that a setting can ask for.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of the programs, built with the feature `faults` in the profile that this program has. They share all
/// that cargo has built before, and lie in a folder of their own: no other test takes them for the ones of a release.
/// `HEXAD_BIN_DIR` names a folder of such programs to take instead.
///
/// # Panics
/// Where they cannot be built.
#[must_use]
pub fn programs() -> PathBuf {
    if let Some(folder) = env::var_os("HEXAD_BIN_DIR") {
        return std::fs::canonicalize(folder).expect("HEXAD_BIN_DIR names a folder");
    }
    let this = env::current_exe().expect("a path");
    let folder = this.parent().expect("a folder");
    let folder = if folder.ends_with("deps") { folder.parent().expect("a folder") } else { folder };
    let (name, target) = (folder.file_name().expect("a name"), folder.parent().expect("a folder"));
    let profile = if name == "debug" { "dev" } else { name.to_str().expect("UTF-8") };
    let own = target.join("faults");
    let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    // The whole workspace, as the system tests build it: so both share what their features have in common.
    build.args(["build", "--quiet", "--workspace", "--bins", "--profile", profile]);
    build.args(["--features", "hexad-runtime/faults"]);
    // What cargo says to this package is none of the business of other packages' build scripts.
    for (name, _) in env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            build.env_remove(name);
        }
    }
    let built = build.env("CARGO_BUILD_BUILD_DIR", target).arg("--target-dir").arg(&own).status();
    assert!(built.expect("cargo runs").success(), "the programs could not be built");
    own.join(name)
}
