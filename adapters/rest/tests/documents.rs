//! The documents among the documentation are those that the services serve.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

use std::{env, fs, path::Path};
use utoipa::openapi::OpenApi;

/// Set to write the files anew.
const WRITE: &str = "HEXAD_WRITE_DOCS";

#[track_caller]
fn stands_in_the_documentation(name: &str, document: &OpenApi) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api").join(name);
    let text = hexad_rest::text_of(document);
    if env::var_os(WRITE).is_some() {
        fs::write(&file, &text).unwrap();
    }
    let stands = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        stands == text,
        "docs/api/{name} is not what the handlers say: run `{WRITE}=1 cargo test -p hexad-rest --test documents`, and \
         look at what has changed"
    );
}

#[test]
fn auth() {
    stands_in_the_documentation("auth.openapi.json", &hexad_rest::auth::openapi());
}

#[test]
fn session() {
    stands_in_the_documentation("session.openapi.json", &hexad_rest::session::openapi());
}

#[test]
fn connected() {
    stands_in_the_documentation("connected.openapi.json", &hexad_rest::connected::openapi());
}

#[test]
fn image() {
    stands_in_the_documentation("image.openapi.json", &hexad_rest::image::openapi());
}
