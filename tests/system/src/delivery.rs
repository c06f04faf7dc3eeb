//! The image service by gRPC.

use crate::{PATIENCE, Service, call};
use futures_util::stream;
use hexad_grpc::proto::{
    Image, ImageInfo, ListImagesRequest, UploadImageRequest, UploadImageResponse,
    image_delivery_client::ImageDeliveryClient, upload_image_request::Part,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::timeout;
use tonic::{Status, body::Body};

/// How many bytes a message carries.
const CHUNK: usize = 256 * 1024;

/// A client of `hexad.image.v1.ImageDelivery`.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// As generated from its description.
    pub client: ImageDeliveryClient<Client<HttpConnector, Body>>,
}

impl Delivery {
    /// A client of the image service, on a connection of its own.
    ///
    /// # Panics
    /// Where its address makes no URL.
    #[must_use]
    pub fn of(image: &Service) -> Self {
        let transport = Client::builder(TokioExecutor::new()).http2_only(true).build(call::connector());
        let origin = format!("http://{}", image.address).parse().expect("an origin");
        Self { client: ImageDeliveryClient::with_origin(transport, origin) }
    }

    /// Uploads an image.
    ///
    /// # Errors
    /// The status of the call.
    ///
    /// # Panics
    /// Where no answer comes.
    pub async fn upload(&self, file_name: &str, content: &[u8]) -> Result<UploadImageResponse, Status> {
        let mut client = self.client.clone();
        let call = client.upload_image(stream::iter(messages(file_name, content)));
        Ok(timeout(PATIENCE, call).await.expect("it takes too long")?.into_inner())
    }

    /// All images.
    ///
    /// # Errors
    /// The status of the call.
    ///
    /// # Panics
    /// Where no answer comes.
    pub async fn list(&self) -> Result<Vec<Image>, Status> {
        let all = async {
            let mut listed =
                self.client.clone().list_images(ListImagesRequest::default()).await?.into_inner();
            let mut images = Vec::new();
            while let Some(image) = listed.message().await? {
                images.push(image);
            }
            Ok(images)
        };
        timeout(PATIENCE, all).await.expect("it takes too long")
    }
}

/// What an upload consists of.
#[must_use]
pub fn messages(file_name: &str, content: &[u8]) -> Vec<UploadImageRequest> {
    let message = |part| UploadImageRequest { part: Some(part) };
    let info = message(Part::Info(ImageInfo { name: file_name.to_owned() }));
    let chunks = content.chunks(CHUNK).map(|bytes| message(Part::Chunk(bytes.to_vec().into())));
    std::iter::once(info).chain(chunks).collect()
}

/// The stable code of a refusal.
#[must_use]
pub fn code_of(status: &Status) -> &str {
    status.metadata().get("hexad-code").and_then(|code| code.to_str().ok()).unwrap_or_default()
}
