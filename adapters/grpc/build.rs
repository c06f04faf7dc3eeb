//! Makes Rust of proto/, by a compiler in Rust.

use prost::Message;
use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let described = protox::compile(["image_delivery.proto"], ["proto"])?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    // What server reflection gives to clients, comments included.
    fs::write(out.join("image_delivery.bin"), described.encode_to_vec())?;
    tonic_prost_build::configure()
        // Without tonic's own transport.
        .build_transport(false)
        // A chunk is a piece of what came in, and no copy of it.
        .bytes(".hexad.image.v1.UploadImageRequest.chunk")
        .compile_fds(described)?;
    Ok(())
}
