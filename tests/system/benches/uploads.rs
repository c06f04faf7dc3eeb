//! What an upload costs over gRPC and over HTTP, side by side: `cargo bench -p hexad-system-tests --bench uploads`.
//!
//! One `image-service` on an empty folder (under `TMPDIR`) takes images by each protocol in turn, each round beginning
//! with another one, so that whatever else the machine does meets all of them alike. Every image is new. Told are the
//! median time from the first byte sent to the answer, and the median of the CPU time that the service spends; and, for
//! a service of its own that takes so many at once, the most memory that it ever has.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark"
)]

use bytes::Bytes;
use futures_util::{future::join_all, stream};
use hexad_grpc::proto::UploadImageRequest;
use hexad_system_tests::{Call, Delivery, Program, Service, form, messages, picture};
use std::{
    fs,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The sizes, and how many rounds of each.
const SIZES: [(&str, usize, usize); 2] = [("100 kB", 100_000, 300), ("10 MB", 10_000_000, 60)];

/// How many uploads of 10 MB there are at once when memory is looked at.
const AT_ONCE: usize = 16;

#[derive(Clone, Copy)]
enum By {
    Http1,
    Http2,
    Grpc,
}

impl By {
    const ALL: [By; 3] = [By::Http1, By::Http2, By::Grpc];

    fn name(self) -> &'static str {
        match self {
            By::Http1 => "multipart, HTTP/1.1",
            By::Http2 => "multipart, HTTP/2",
            By::Grpc => "gRPC",
        }
    }
}

/// An upload, ready to be sent.
enum Upload {
    Http(Box<Call>),
    Grpc(Box<Delivery>, Vec<UploadImageRequest>),
}

impl Upload {
    async fn send(self) {
        match self {
            Upload::Http(call) => assert_eq!(call.send().await.status, 201),
            Upload::Grpc(mut delivery, messages) => {
                assert!(
                    delivery.client.upload_image(stream::iter(messages)).await.unwrap().get_ref().created
                );
            }
        }
    }
}

/// The service, and a connection to it by each protocol.
struct Stage {
    program: Program,
    http1: Service,
    http2: Service,
    grpc: Delivery,
    uploads: usize,
    _folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let settings = [("PORT", "0"), ("DATA_DIR", data.to_str().unwrap())];
        let mut program = Program::start("image-service", folder.path(), &settings);
        let http1 = Service::at("image", program.listening(1)["image"]);
        let (http2, grpc) = (http1.by_http2(), Delivery::of(&http1));
        Self { program, http1, http2, grpc, uploads: 0, _folder: folder }
    }

    /// An image of that size like no other.
    fn upload(&mut self, by: By, size: usize) -> Upload {
        self.uploads += 1;
        let mut content = picture(&self.uploads.to_string());
        let mut bits = self.uploads as u64 | 1;
        content.resize_with(size, || {
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            bits.to_le_bytes()[3]
        });
        let name = format!("{}.png", self.uploads);
        let service = match by {
            By::Http1 => &self.http1,
            By::Http2 => &self.http2,
            By::Grpc => return Upload::Grpc(Box::new(self.grpc.clone()), messages(&name, &content)),
        };
        let (content_type, body) = form("file", &name, &content);
        Upload::Http(Box::new(service.post("/images").body(&content_type, Bytes::from(body))))
    }

    /// The CPU time that the threads of the service have had.
    fn cpu(&self) -> Duration {
        let threads = fs::read_dir(format!("/proc/{}/task", self.program.id())).unwrap();
        let nanoseconds = threads.filter_map(|thread| {
            let times = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            times.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// The most memory that it ever had, in kilobytes.
    fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

async fn times(name: &str, size: usize, rounds: usize) {
    let mut stage = Stage::new();
    for by in By::ALL {
        for _ in 0..3 {
            stage.upload(by, size).send().await;
        }
    }
    let mut measured = [(); 3].map(|()| (Vec::new(), Vec::new()));
    for round in 0..rounds {
        for turn in 0..3 {
            let which = (round + turn) % 3;
            let upload = stage.upload(By::ALL[which], size);
            let (cpu, begun) = (stage.cpu(), Instant::now());
            upload.send().await;
            measured[which].0.push(begun.elapsed());
            measured[which].1.push(stage.cpu() - cpu);
        }
    }
    for (by, (elapsed, cpu)) in By::ALL.into_iter().zip(measured) {
        println!("| {name} | {} | {:.2} | {:.2} |", by.name(), median(elapsed), median(cpu));
    }
}

async fn memory(by: By) -> u64 {
    let mut stage = Stage::new();
    let uploads: Vec<_> = (0..AT_ONCE).map(|_| stage.upload(by, 10_000_000)).collect();
    join_all(uploads.into_iter().map(Upload::send)).await;
    stage.peak()
}

#[tokio::main]
async fn main() {
    println!("| an image of | by | median, ms | CPU of the service, ms |\n| --- | --- | --- | --- |");
    for (name, size, rounds) in SIZES {
        times(name, size, rounds).await;
    }
    println!("\n| {AT_ONCE} images of 10 MB at once by | most memory, kB |\n| --- | --- |");
    for by in By::ALL {
        println!("| {} | {} |", by.name(), memory(by).await);
    }
}
