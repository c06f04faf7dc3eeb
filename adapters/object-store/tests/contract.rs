//! The suites of the ports that the folder implements.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "a test may fail")]

mod common;

use hexad_contract::{ImagesHarness, ProbeHarness};
use hexad_object_store::FolderImages;
use hexad_ports::{Bytes, ImageStore, Probe, async_trait, domain::image::ImageName};
use std::{fs, path::PathBuf, sync::Arc};
use tempfile::{TempDir, tempdir};

struct Harness {
    place: TempDir,
}

impl Harness {
    fn root(&self) -> PathBuf {
        self.place.path().join("images")
    }

    fn elsewhere(&self) -> PathBuf {
        self.place.path().join("elsewhere")
    }

    async fn open(&self) -> Arc<FolderImages> {
        Arc::new(FolderImages::open(self.root()).await.unwrap())
    }
}

#[async_trait]
impl ImagesHarness for Harness {
    async fn store(&self) -> Arc<dyn ImageStore> {
        self.open().await
    }

    async fn leave(&self, name: &ImageName, bytes: &Bytes) -> bool {
        let name = name.as_str();
        let ends_in_a_number =
            name.rsplit_once('#').is_some_and(|(_, end)| end.bytes().all(|b| b.is_ascii_digit()));
        // Another folder, and what `object_store` cannot name.
        if name.contains('/') || name.contains(char::is_control) || ends_in_a_number {
            return false;
        }
        self.open().await;
        let made = self.place.path().join("made");
        fs::write(&made, bytes).unwrap();
        fs::rename(made, self.root().join(name)).unwrap();
        true
    }

    async fn staged(&self) -> usize {
        common::staged_files(&self.root()).len()
    }
}

#[async_trait]
impl ProbeHarness for Harness {
    async fn probe(&self) -> Arc<dyn Probe> {
        self.open().await
    }

    async fn cut(&self) {
        fs::rename(self.root(), self.elsewhere()).unwrap();
    }

    async fn restore(&self) {
        fs::rename(self.elsewhere(), self.root()).unwrap();
    }
}

async fn harness() -> Harness {
    Harness { place: tempdir().unwrap() }
}

hexad_contract::images!(harness);
hexad_contract::probe!(harness);
