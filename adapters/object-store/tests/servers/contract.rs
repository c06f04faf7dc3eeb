//! The suites of the ports that the bucket implements.

use crate::{place::Place, proxy::Proxy};
use hexad_contract::{ImagesHarness, ProbeHarness};
use hexad_object_store::S3Images;
use hexad_ports::{Bytes, ImageStore, Probe, async_trait, domain::image::ImageName};
use std::sync::Arc;
use tokio::sync::OnceCell;

#[derive(Default)]
struct Harness {
    place: OnceCell<(Place, S3Images)>,
}

impl Harness {
    async fn place(&self) -> &(Place, S3Images) {
        self.place
            .get_or_init(async || {
                let place = Place::new();
                let images = place.prepared().await;
                (place, images)
            })
            .await
    }
}

#[async_trait]
impl ImagesHarness for Harness {
    async fn store(&self) -> Arc<dyn ImageStore> {
        // With connections of its own, as another process has them.
        Arc::new(self.place().await.0.prepared().await)
    }

    async fn leave(&self, name: &ImageName, bytes: &Bytes) -> bool {
        self.place().await.0.leave(name.as_str(), bytes).await
    }

    async fn staged(&self) -> usize {
        let (place, _) = self.place().await;
        place.files_received() + place.unfinished_in_store().await
    }
}

struct Away {
    images: S3Images,
    proxy: Proxy,
}

#[async_trait]
impl ProbeHarness for Away {
    async fn probe(&self) -> Arc<dyn Probe> {
        Arc::new(self.images.clone())
    }

    async fn cut(&self) {
        self.proxy.cut();
    }

    async fn restore(&self) {
        self.proxy.pass();
    }
}

async fn harness() -> Harness {
    Harness::default()
}

async fn behind_a_proxy() -> Away {
    let place = Place::new();
    let proxy = Proxy::start(place.settings.endpoint.as_deref().unwrap()).await;
    Away { images: place.prepared_by(&proxy.url()).await, proxy }
}

hexad_contract::images!(harness);
hexad_contract::probe!(behind_a_proxy);
