//! Every kernel of this machine against published vectors and against the `pbkdf2` crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use pbkdf2_lanes::{Invalid, Kernel, Task, derive};
use proptest::{collection::vec, prelude::*};

struct Vector {
    password: &'static [u8],
    salt: &'static [u8],
    iterations: u32,
    derived: &'static str,
}

/// RFC 7914, section 11 (the first two), and the vectors of RFC 6070 as they are widely published for SHA-256, among
/// them those of CPython's `test_hashlib` and of the `pbkdf2` crate.
const VECTORS: &[Vector] = &[
    Vector {
        password: b"passwd",
        salt: b"salt",
        iterations: 1,
        derived: "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
    },
    Vector {
        password: b"Password",
        salt: b"NaCl",
        iterations: 80_000,
        derived: "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
    },
    Vector {
        password: b"password",
        salt: b"salt",
        iterations: 1,
        derived: "120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b",
    },
    Vector {
        password: b"password",
        salt: b"salt",
        iterations: 2,
        derived: "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43",
    },
    Vector {
        password: b"password",
        salt: b"salt",
        iterations: 4_096,
        derived: "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a",
    },
    Vector {
        password: b"passwordPASSWORDpassword",
        salt: b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
        iterations: 4_096,
        derived: "348c89dbcbd32b2f32d814b8116e84cf2b17347ebc1800181c4e2a1fb8dd53e1c635518c7dac47e9",
    },
    Vector {
        password: b"pass\0word",
        salt: b"sa\0lt",
        iterations: 4_096,
        derived: "89b69d0516f829893c696226650a8687",
    },
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn judged(password: &[u8], salt: &[u8], iterations: u32, bytes: usize) -> Vec<u8> {
    let mut derived = vec![0; bytes];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, iterations, &mut derived);
    derived
}

#[test]
fn published_vectors_one_by_one() {
    for kernel in Kernel::available() {
        for vector in VECTORS {
            let bytes = vector.derived.len() / 2;
            let mut task = [Task::new(vector.password, vector.salt, vector.iterations, bytes).unwrap()];
            kernel.finish(&mut task);
            assert_eq!(hex(&task[0].derived().unwrap()), vector.derived, "{kernel}");
        }
    }
}

#[test]
fn published_vectors_all_at_once() {
    for kernel in Kernel::available() {
        let task = |vector: &Vector| {
            Task::new(vector.password, vector.salt, vector.iterations, vector.derived.len() / 2).unwrap()
        };
        let mut tasks: Vec<Task> = VECTORS.iter().map(task).collect();
        kernel.finish(&mut tasks);
        for (task, vector) in tasks.iter().zip(VECTORS) {
            assert_eq!(hex(&task.derived().unwrap()), vector.derived, "{kernel}");
        }
    }
}

#[test]
fn published_vectors_here_and_now() {
    for vector in VECTORS {
        let mut derived = vec![0; vector.derived.len() / 2];
        derive(vector.password, vector.salt, vector.iterations, &mut derived).unwrap();
        assert_eq!(hex(&derived), vector.derived);
    }
}

#[test]
fn the_processor_is_used_for_what_it_has() {
    let names: Vec<&str> = Kernel::available().iter().map(|kernel| kernel.name()).collect();
    assert!(names.contains(&"portable"));
    #[cfg(target_arch = "x86_64")]
    for (name, is_there) in [
        ("sha-ni", is_x86_feature_detected!("sha")),
        ("sha-ni x2", is_x86_feature_detected!("sha")),
        ("avx2 x8", is_x86_feature_detected!("avx2")),
        ("avx512 x8", is_x86_feature_detected!("avx512vl")),
        ("avx512 x16", is_x86_feature_detected!("avx512f")),
    ] {
        assert_eq!(names.contains(&name), is_there, "{name}");
    }
}

/// The lengths at which HMAC and SHA-256 change their ways.
#[test]
fn lengths_at_every_limit() {
    let bytes: Vec<u8> = (0..=255).cycle().take(300).collect();
    for password in [0, 1, 31, 32, 55, 56, 63, 64, 65, 127, 128, 129, 300] {
        for salt in [0, 1, 50, 51, 52, 55, 59, 60, 63, 64, 65, 115, 116, 123, 124, 128, 300] {
            let (password, salt) = (&bytes[..password], &bytes[..salt]);
            let mut derived = [0; 33];
            derive(password, salt, 2, &mut derived).unwrap();
            assert_eq!(derived[..], judged(password, salt, 2, 33), "{} {}", password.len(), salt.len());
        }
    }
}

#[test]
fn outputs_of_every_length() {
    for bytes in (1..=130).chain([511, 512, 513, 1_023, 1_024]) {
        let mut derived = vec![0; bytes];
        derive(b"password", b"salt", 3, &mut derived).unwrap();
        let expected = judged(b"password", b"salt", 3, bytes);
        assert_eq!(derived, expected, "{bytes}");
        let mut task = [Task::new(b"password", b"salt", 3, bytes).unwrap()];
        Kernel::available().last().unwrap().finish(&mut task);
        assert_eq!(*task[0].derived().unwrap(), expected, "{bytes}");
    }
    let mut long = vec![0; 5_000];
    derive(b"password", b"salt", 3, &mut long).unwrap();
    assert_eq!(long, judged(b"password", b"salt", 3, 5_000), "more than a task takes");
}

#[test]
fn what_cannot_be_derived_is_refused() {
    assert_eq!(derive(b"password", b"salt", 0, &mut [0; 32]), Err(Invalid::NoIterations));
    assert_eq!(derive(b"password", b"salt", 1, &mut []), Err(Invalid::NoOutput));
    let refused = |iterations, bytes| Task::new(b"password", b"salt", iterations, bytes).unwrap_err();
    assert_eq!(refused(0, 32), Invalid::NoIterations);
    assert_eq!(refused(1, 0), Invalid::NoOutput);
    assert_eq!(refused(1, Task::MAX_BYTES + 1), Invalid::TooLong);
    assert_eq!(refused(1, usize::MAX), Invalid::TooLong);
    assert!(Task::new(b"password", b"salt", u32::MAX, Task::MAX_BYTES).is_ok());
}

#[test]
fn a_task_tells_what_is_left_and_nothing_else() {
    let mut tasks = [Task::new(b"password", b"salt", 1_000, 64).unwrap()];
    assert_eq!(tasks[0].work(), 2 * 999, "the first iteration of either block is made");
    assert!(tasks[0].derived().is_none());
    assert_eq!(format!("{:?}", tasks[0]), "Task { work: 1998, bytes: 64, .. }");
    Kernel::PORTABLE.finish(&mut tasks);
    assert_eq!(tasks[0].work(), 0);
}

fn parameters() -> impl Strategy<Value = (Vec<u8>, Vec<u8>, u32, usize)> {
    let text = || prop_oneof![vec(any::<u8>(), 0..40), vec(any::<u8>(), 40..200)];
    (text(), text(), 1..50_u32, 1..130_usize)
}

proptest! {
    #[test]
    fn every_kernel_agrees_with_the_crate(all in vec(parameters(), 1..20)) {
        for kernel in Kernel::available() {
            let task = |(password, salt, iterations, bytes): &(Vec<u8>, Vec<u8>, u32, usize)| {
                Task::new(password, salt, *iterations, *bytes).unwrap()
            };
            let mut tasks: Vec<Task> = all.iter().map(task).collect();
            kernel.finish(&mut tasks);
            for (task, (password, salt, iterations, bytes)) in tasks.iter().zip(&all) {
                prop_assert_eq!(&*task.derived().unwrap(), &judged(password, salt, *iterations, *bytes), "{}", kernel);
            }
        }
    }

    #[test]
    fn deriving_here_and_now_agrees_with_the_crate((password, salt, iterations, bytes) in parameters()) {
        let mut derived = vec![0; bytes];
        derive(&password, &salt, iterations, &mut derived).unwrap();
        prop_assert_eq!(derived, judged(&password, &salt, iterations, bytes));
    }
}
