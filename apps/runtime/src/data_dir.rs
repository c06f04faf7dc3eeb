//! The folder of the embedded stores, and the secret in it.

use crate::settings::Secret;
use hexad::ports::Random;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// The name of the file with the secret.
const SECRET: &str = "secret.key";

/// How many random bytes a made secret has: as many as HMAC-SHA256 can use of a text twice as long.
const SECRET_BYTES: usize = 32;

/// The largest file that is read as a secret.
const LARGEST_SECRET: u64 = 4096;

/// Why the data folder cannot be used. For the operator who named it.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// The folder is not there and cannot be made, or is none.
    #[error("the data folder {} cannot be made: {source}", path.display())]
    #[allow(missing_docs, reason = "the message names them")]
    Folder { path: PathBuf, source: io::Error },
    /// The secret can neither be read nor made.
    #[error("the secret in {} can be neither read nor made: {source}", path.display())]
    #[allow(missing_docs, reason = "the message names them")]
    Secret { path: PathBuf, source: io::Error },
    /// Others may read the secret.
    #[error("others may read {}: run chmod 600 on it, or make a new one by removing it", path.display())]
    #[allow(missing_docs, reason = "the message names them")]
    Exposed { path: PathBuf },
    /// The file holds no secret.
    #[error("{} holds no secret of {SECRET_BYTES} bytes or more: remove it to have one made", path.display())]
    #[allow(missing_docs, reason = "the message names them")]
    NoSecret { path: PathBuf },
}

/// A folder that only its owner can look into.
#[derive(Debug, Clone)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    /// Makes the folder, with mode 0700, where it is missing, so that it survives a loss of power with what is stored
    /// in it. One that is there stays as it is.
    pub(crate) fn open(path: &Path) -> Result<Self, DataDirError> {
        let failed = |source| DataDirError::Folder { path: path.to_owned(), source };
        let make = || DirBuilder::new().mode(0o700).create(path);
        let made = make().or_else(|error| match error.kind() {
            // Once more, and no oftener: a deleted working folder, and /proc, say that a folder is missing that is there.
            io::ErrorKind::NotFound if above(path) != path => make_durable(above(path)).and_then(|()| make()),
            _ => Err(error),
        });
        match made {
            Ok(()) => {
                sync_folder(above(path)).map_err(failed)?;
                Ok(Self(path.to_owned()))
            }
            Err(_) if path.is_dir() => {
                // Another process may have made it this moment, and not have come to this yet. An operator's own
                // folder may stand in one that we may not read: its name is the operator's to keep.
                let _ = sync_folder(above(path));
                Ok(Self(path.to_owned()))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The path of something in the folder.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The secret of this folder, made where there is none. Of any number of processes that ask at the same moment,
    /// all get the same one: the file appears whole, in one step, by a hard link that fails where it is there.
    pub(crate) fn secret(&self, random: &dyn Random) -> Result<Secret, DataDirError> {
        let path = self.join(SECRET);
        if let Some(secret) = read_secret(&path)? {
            return Ok(secret);
        }
        self.make_secret(&path, random)
            .map_err(|source| DataDirError::Secret { path: path.clone(), source })?;
        read_secret(&path)?.ok_or(DataDirError::NoSecret { path })
    }

    /// Puts a new secret under that path, unless there is one by then.
    fn make_secret(&self, path: &Path, random: &dyn Random) -> io::Result<()> {
        let temporary = self.join(&format!(".{SECRET}.{}", hex::<8>(random)));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        let linked = file
            .write_all(hex::<SECRET_BYTES>(random).as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::hard_link(&temporary, path));
        fs::remove_file(&temporary)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            // Tokens are signed with it: it must outlive a crash of the machine.
            _ => sync_folder(&self.0),
        }
    }
}

/// Makes a folder above the data folder, and those above it that are missing, with the modes that are usual here.
fn make_durable(folder: &Path) -> io::Result<()> {
    let made = fs::create_dir(folder).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound if above(folder) != folder => {
            make_durable(above(folder)).and_then(|()| fs::create_dir(folder))
        }
        _ => Err(error),
    });
    match made {
        Ok(()) => sync_folder(above(folder)),
        Err(_) if folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// The folder that holds this one. Above a relative path of one part is where the program was started.
fn above(folder: &Path) -> &Path {
    match folder.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => folder,
    }
}

/// Makes the names in a folder as durable as the files.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The secret in a file; `None` where there is no file.
fn read_secret(path: &Path) -> Result<Option<Secret>, DataDirError> {
    let failed = |source| DataDirError::Secret { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(DataDirError::Exposed { path: path.to_owned() });
    }
    let text = io::read_to_string(io::Read::take(file, LARGEST_SECRET)).map_err(failed)?;
    let secret = text.trim_end();
    if secret.len() < SECRET_BYTES {
        return Err(DataDirError::NoSecret { path: path.to_owned() });
    }
    Ok(Some(Secret::new(secret)))
}

/// So many random bytes in hex digits.
fn hex<const N: usize>(random: &dyn Random) -> String {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    base16ct::lower::encode_string(&bytes)
}

#[cfg(test)]
mod tests {
    use super::{DataDir, DataDirError, above};
    use crate::ambient::OsRandom;
    use std::{
        env, fs,
        os::unix::fs::PermissionsExt,
        path::Path,
        process::{Command, Stdio},
        sync::Barrier,
        thread,
    };

    /// Names the folder to a child process of the test below.
    const RACE_IN: &str = "HEXAD_TEST_SECRET_RACE_IN";

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_folder_and_the_secret_are_their_owners_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("some/where/data");
        let folder = DataDir::open(&path).unwrap();
        let secret = folder.secret(&OsRandom).unwrap();
        assert_eq!(secret.reveal().len(), 64);
        assert_eq!((mode(&path), mode(&path.join("secret.key"))), (0o700, 0o600));
        // Nothing is left beside it, and it is the same the next time.
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
        assert_eq!(DataDir::open(&path).unwrap().secret(&OsRandom).unwrap(), secret);
    }

    #[test]
    fn the_folder_above_is_one_that_can_be_opened() {
        for (folder, holds_it) in
            [("data", "."), ("a/data", "a"), ("/data", "/"), ("/", "/"), ("a/data/", "a")]
        {
            assert_eq!(above(Path::new(folder)), Path::new(holds_it), "{folder}");
        }
    }

    #[test]
    fn a_folder_in_one_that_may_not_be_read_is_opened() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        DataDir::open(&path).unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o100)).unwrap();
        let opened = DataDir::open(&path);
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o700)).unwrap();
        opened.unwrap();
    }

    #[test]
    fn a_folder_where_none_can_be_made_is_refused_by_its_name() {
        // It says of everything below it that a folder above is missing.
        for path in ["/proc/hexad", "/proc/hexad/data"] {
            let error = DataDir::open(Path::new(path)).unwrap_err();
            assert!(
                error.to_string().starts_with(&format!("the data folder {path} cannot be made: ")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataDir::open(place.path()).unwrap();
        folder.secret(&OsRandom).unwrap();
        let path = place.path().join("secret.key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(folder.secret(&OsRandom), Err(DataDirError::Exposed { .. })));
    }

    #[test]
    fn an_empty_file_is_no_secret() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("secret.key");
        fs::write(&path, "short\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let folder = DataDir::open(place.path()).unwrap();
        assert!(matches!(folder.secret(&OsRandom), Err(DataDirError::NoSecret { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "short\n");
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_named() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        fs::write(&path, "").unwrap();
        let line = DataDir::open(&path).unwrap_err().to_string();
        assert!(line.contains(path.to_str().unwrap()), "{line}");
    }

    #[test]
    fn threads_that_ask_at_the_same_moment_agree() {
        for _ in 0..50 {
            let place = tempfile::tempdir().unwrap();
            let path = place.path().join("data");
            let barrier = Barrier::new(8);
            let ask = || {
                barrier.wait();
                DataDir::open(&path).unwrap().secret(&OsRandom).unwrap().reveal().to_owned()
            };
            let secrets: Vec<_> = thread::scope(|scope| {
                let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
                asking.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(secrets.iter().all(|secret| *secret == secrets[0]));
            assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
        }
    }

    /// Six processes, as when all programs are started side by side. Each is this very test.
    #[test]
    fn processes_that_ask_at_the_same_moment_agree() {
        if let Some(path) = env::var_os(RACE_IN) {
            let secret = DataDir::open(Path::new(&path)).unwrap().secret(&OsRandom).unwrap();
            println!("secret={}", secret.reveal());
            return;
        }
        let this = "data_dir::tests::processes_that_ask_at_the_same_moment_agree";
        let place = tempfile::tempdir().unwrap();
        let start = || {
            let mut child = Command::new(env::current_exe().unwrap());
            child.args([this, "--exact", "--nocapture"]).env(RACE_IN, place.path().join("data"));
            child.stdout(Stdio::piped()).spawn().unwrap()
        };
        let children: Vec<_> = (0..6).map(|_| start()).collect();
        let secrets: Vec<String> = children
            .into_iter()
            .map(|child| {
                let output = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
                let (_, after) = output.split_once("secret=").expect("the child prints its secret");
                after.chars().take(64).collect()
            })
            .collect();
        assert_eq!(secrets[0].len(), 64);
        assert!(secrets.iter().all(|secret| *secret == secrets[0]), "{secrets:?}");
    }
}
