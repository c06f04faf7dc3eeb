//! All six services in this process, on free ports and a folder of their own.

use crate::{Footprint, Service, token};
use hexad_runtime::{Program, Running, Settings};
use std::path::PathBuf;
use tempfile::TempDir;

/// The services, until this is dropped.
#[derive(Debug)]
pub struct Suite {
    /// Logins.
    pub auth: Service,
    /// Registrations.
    pub user_soap: Service,
    /// Sessions.
    pub session: Service,
    /// Images.
    pub image: Service,
    /// The lookup.
    pub user_lookup: Service,
    /// Last connections.
    pub connected: Service,
    // Dropped before the folder.
    running: Running,
    folder: TempDir,
}

impl Suite {
    /// The services with the settings that most tests want.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// The services with these settings besides.
    ///
    /// # Panics
    /// Where they do not start.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(tempfile::tempdir().expect("a folder"), settings).await
    }

    /// Stops the services, and starts them again on what they have stored, with these settings besides the usual.
    ///
    /// # Panics
    /// Where they do not stop or start.
    pub async fn again(self, settings: &[(&str, &str)]) -> Self {
        self.running.stop().await.expect("a good end");
        Self::on(self.folder, settings).await
    }

    async fn on(folder: TempDir, settings: &[(&str, &str)]) -> Self {
        let data = folder.path().join("data");
        let usual = [
            ("AUTH_PORT", "0"),
            ("USER_SOAP_PORT", "0"),
            ("SESSION_PORT", "0"),
            ("IMAGE_PORT", "0"),
            ("USER_LOOKUP_PORT", "0"),
            ("CONNECTED_PORT", "0"),
            ("DATA_DIR", data.to_str().expect("a path in UTF-8")),
            ("SECRET_KEY", token::KEY),
            ("SECRET_KEYS_PREVIOUS", token::PREVIOUS_KEY),
            // The least that is accepted: what a hash costs is not the subject here.
            ("PASSWORD_ITERATIONS", "100000"),
        ];
        let settings =
            Settings::given(Program::SUITE, usual.iter().chain(settings).copied()).expect("good settings");
        let running = Running::start(&settings).await.expect("the services start");
        let service = |name: &str| {
            let listening = running.addresses().iter().find(|(service, _)| service.name() == name);
            Service::at(name, listening.expect("it listens").1)
        };
        Self {
            auth: service("auth"),
            user_soap: service("user-soap"),
            session: service("session"),
            image: service("image"),
            user_lookup: service("user-lookup"),
            connected: service("connected"),
            running,
            folder,
        }
    }

    /// The services with their names.
    #[must_use]
    pub fn all(&self) -> [(&'static str, &Service); 6] {
        [
            ("auth", &self.auth),
            ("user-soap", &self.user_soap),
            ("session", &self.session),
            ("image", &self.image),
            ("user-lookup", &self.user_lookup),
            ("connected", &self.connected),
        ]
    }

    /// The folder of the stores.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the stores hold now.
    pub async fn footprint(&self) -> Footprint {
        Footprint::of(&self.data_dir()).await
    }
}
