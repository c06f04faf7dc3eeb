//! What is left of secrets in this program's memory, which Linux lets it read as a file.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use pbkdf2_lanes::{Engine, Kernel, Request, Settings, Task, derive};
use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    time::Duration,
};

const PASSWORD: &[u8] = b"what is looked for in memory";
/// A block, and 32 bytes that a hasher keeps until it is told that they are the last.
const LONG: &[u8; 96] = b"what is longer than a block of sha-256, and is therefore hashed \
    before it is a key, in a buffer.";
const SALT: &[u8] = b"sixteen bytes ..";
const ITERATIONS: u32 = 5_000;

/// What must not be found, in words. Computed in Python with `hashlib`, `hmac` and a compression of its own: what this
/// program computed here it might leave behind itself. They stand where nothing is written, and there nobody looks.
static SECRETS: [(&str, [u32; 8]); 7] = [
    (
        "the state after the inner key",
        [
            0x701f_6304,
            0x3e4c_04a8,
            0x9e3e_ade0,
            0xab6a_0684,
            0x1124_444b,
            0x789f_a3cf,
            0xa1ff_26dc,
            0xcdbf_9e8d,
        ],
    ),
    (
        "the state after the outer key",
        [
            0x55de_5bb4,
            0x5493_622b,
            0x0e74_9a65,
            0x757c_d25c,
            0xb080_d0fa,
            0x928b_1a40,
            0xb622_1bc2,
            0x9818_d08b,
        ],
    ),
    (
        "the first digest",
        [
            0xf94f_6bf3,
            0xb53b_cbfc,
            0x07fe_ae0e,
            0x4312_6bc3,
            0x5876_8078,
            0x0c78_c3b4,
            0x91c0_a2fe,
            0xad48_888f,
        ],
    ),
    (
        "the last digest",
        [
            0x5b09_9c8b,
            0x2a65_f161,
            0x3b11_ae68,
            0x8f2e_fd30,
            0x31e9_a80f,
            0x6d36_0b67,
            0x162f_792d,
            0xf83e_f479,
        ],
    ),
    (
        "what is derived",
        [
            0xb9f5_9cc8,
            0x0dd6_68b2,
            0x543b_068d,
            0x3aa0_daab,
            0x926a_106c,
            0xf702_73e0,
            0x2428_65c2,
            0x48d1_ee19,
        ],
    ),
    (
        "the digest of a long password",
        [
            0xd945_f26e,
            0x4ad6_e001,
            0xef4d_442f,
            0x698f_2cd0,
            0x6f31_f8a9,
            0xa319_26b5,
            0xb24d_fd59,
            0x8186_1144,
        ],
    ),
    ("the end of a long password", last_words(LONG)),
];

/// The last 32 bytes, as a hasher has them before it hashes them.
const fn last_words(bytes: &[u8; 96]) -> [u32; 8] {
    let (words, _) = bytes.as_chunks::<4>();
    let mut last = [0; 8];
    let mut place = 0;
    while place < last.len() {
        last[place] = u32::from_be_bytes(words[16 + place]);
        place += 1;
    }
    last
}

/// Four words in a row, as they may lie in memory: in order, as the SHA instructions have them, and one of each lane
/// where all lanes have the same password.
const LAYOUTS: [[usize; 4]; 14] = [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [5, 4, 1, 0],
    [7, 6, 3, 2],
    [0, 1, 4, 5],
    [2, 3, 6, 7],
    [0; 4],
    [1; 4],
    [2; 4],
    [3; 4],
    [4; 4],
    [5; 4],
    [6; 4],
    [7; 4],
];

/// A part of the memory is looked through at a time.
const WINDOW: usize = 1 << 16;

/// Which secrets lie in memory that can be written. They are compared word by word, so that looking for them leaves
/// none behind.
fn found() -> Vec<String> {
    let mut may_begin = vec![false; 1 << 16];
    for word in SECRETS.iter().flat_map(|(_, words)| words) {
        may_begin[*word as usize & 0xffff] = true;
        may_begin[word.swap_bytes() as usize & 0xffff] = true;
    }
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut window = vec![0; WINDOW + 16];
    let mut found = vec![];
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        if !rest.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|address| u64::from_str_radix(address, 16).unwrap());
        for address in (from..to).step_by(WINDOW) {
            // What went meanwhile is read no more.
            let read = memory.read_at(&mut window, address).unwrap_or_default();
            let (words, _) = window[..read].as_chunks::<4>();
            for words in words.windows(4) {
                let first = u32::from_ne_bytes(words[0]) as usize & 0xffff;
                if may_begin[first] {
                    found.extend(secret(words).map(|secret| format!("{secret} in {line}")));
                }
            }
        }
    }
    found.dedup();
    found
}

fn secret(words: &[[u8; 4]]) -> Option<&'static str> {
    let is_here = |secret: &[u32; 8], layout: &[usize; 4], turn: fn(u32) -> u32| {
        layout.iter().zip(words).all(|(place, word)| turn(secret[*place]) == u32::from_ne_bytes(*word))
    };
    let is_anyhow = |secret: &[u32; 8]| {
        LAYOUTS
            .iter()
            .any(|layout| is_here(secret, layout, |word| word) || is_here(secret, layout, u32::swap_bytes))
    };
    SECRETS.iter().find(|(_, words)| is_anyhow(words)).map(|(name, _)| *name)
}

fn task() -> Task {
    Task::new(PASSWORD, SALT, ITERATIONS, 32).unwrap()
}

fn is_derived(bytes: &[u8]) -> bool {
    let (_, derived) = &SECRETS[4];
    bytes.len() == 32 && derived.iter().flat_map(|word| word.to_be_bytes()).eq(bytes.iter().copied())
}

/// One test, as others beside it in the same memory would have secrets of their own.
#[test]
fn nothing_is_left_in_memory_of_what_was_derived() {
    let held = task();
    assert!(found().len() >= 3, "a task that is there is found");
    drop(held);
    assert_eq!(found(), [""; 0], "a task that was never advanced");

    drop(Task::new(LONG, SALT, ITERATIONS, 32).unwrap());
    assert_eq!(found(), [""; 0], "a password that is hashed first");

    for kernel in Kernel::available() {
        let mut tasks: Vec<Task> = (0..kernel.lanes()).map(|_| task()).collect();
        kernel.finish(&mut tasks);
        assert!(tasks.iter().all(|task| is_derived(&task.derived().unwrap())), "{kernel}");
        drop(tasks);
        assert_eq!(found(), [""; 0], "{kernel}, on this thread");

        let settings = Settings {
            threads: 1,
            max_wait: Duration::from_secs(600),
            kernels: Some(vec![kernel]),
            ..Settings::default()
        };
        let engine = Engine::start(settings).unwrap();
        let tickets: Vec<_> = (0..40).map(|_| engine.derive(task(), Request::default()).unwrap()).collect();
        assert!(tickets.into_iter().all(|ticket| is_derived(&ticket.wait().unwrap())), "{kernel}");
        assert_eq!(found(), [""; 0], "{kernel}, on the engine's thread, which is idle");
        engine.close().wait();
    }

    let mut output = [0; 32];
    derive(PASSWORD, SALT, ITERATIONS, &mut output).unwrap();
    assert!(is_derived(&output));
    output.fill(0);
    assert_eq!(found(), [""; 0], "here and now");
}
