//! Where the programs are.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The path of a program.
///
/// Cargo tells the tests of one package nothing about the programs of another, and `cargo test` does not even build
/// them. So the first call builds them all, with the profile and into the target folder that these tests come from:
/// a `cargo build --workspace --bins`, which has nothing to do where that was done before. `HEXAD_BIN_DIR` names a
/// folder of programs to take instead.
///
/// # Panics
/// Where they cannot be built.
#[must_use]
pub fn binary(program: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let path = FOLDER.get_or_init(folder).join(program);
    assert!(path.exists(), "there is no program {}", path.display());
    path
}

fn folder() -> PathBuf {
    if let Some(folder) = env::var_os("HEXAD_BIN_DIR") {
        return fs::canonicalize(folder).expect("HEXAD_BIN_DIR names a folder");
    }
    let this = env::current_exe().expect("a path");
    let folder = this.parent().expect("a folder");
    // Tests lie in `deps`, beside which the programs are.
    let programs = if folder.ends_with("deps") { folder.parent().expect("a folder") } else { folder };
    let profile = match programs.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let target = programs.parent().expect("a folder");
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(workspace).args(["build", "--quiet", "--workspace", "--bins", "--profile", profile]);
    // What cargo says to the tests of this package is none of the business of other packages' build scripts.
    for (name, _) in env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            build.env_remove(name);
        }
    }
    let built = build.arg("--target-dir").arg(target).status().expect("cargo runs");
    assert!(built.success(), "the programs could not be built");
    programs.to_owned()
}
