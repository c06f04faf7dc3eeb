//! Tells what files are by their bytes, as an upload is judged: `cargo run -p hexad-domain --example inspect -- FILE…`
//!
//! A line for each file, in columns: its media type, its width and its height, or why it is refused.
#![allow(clippy::print_stdout, reason = "this is what it is for")]

use hexad_domain::image::Inspector;
use std::{env, fs::File, io, io::Read};

fn main() -> io::Result<()> {
    for path in env::args_os().skip(1) {
        let mut file = File::open(path)?;
        let mut inspector = Inspector::new();
        let mut chunk = [0; 8192];
        loop {
            let read = file.read(&mut chunk)?;
            let answer = inspector.push(chunk.get(..read).unwrap_or_default());
            // What was answered stays the answer: the rest of the file says no more.
            if read == 0 || answer != Ok(None) {
                break;
            }
        }
        match inspector.finish() {
            Ok(image) => println!("{}\t{}\t{}", image.format.media_type(), image.width, image.height),
            Err(refusal) => println!("{refusal}"),
        }
    }
    Ok(())
}
