//! The service over a store in memory, and ways to call it.

use axum::{Router, body::Body};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{Stream, future::BoxFuture, stream};
use hexad::{Images, domain::Timestamp, domain::image::ImageName, ports::ImageStore};
use hexad_grpc::{
    image,
    proto::{
        Image, ImageInfo, ListImagesRequest, UploadImageRequest, UploadImageResponse,
        image_delivery_client::ImageDeliveryClient, upload_image_request::Part,
    },
};
use hexad_http::{App, Health, Limits, RequestIds, image::PublicUrl, serve};
use hexad_memory::{Faults, Faulty, ManualClock, MemoryImages};
use http::{HeaderMap, Request, Response, Version};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use tower::Service;

/// How long any one step of a test may take. Only a broken service comes near it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A moment that a test does not notice and a limit can be.
pub(crate) const MOMENT: Duration = Duration::from_millis(150);

pub(crate) const UPLOAD: &str = "/hexad.image.v1.ImageDelivery/uploadImage";
pub(crate) const LIST: &str = "/hexad.image.v1.ImageDelivery/listImages";

pub(crate) async fn soon<T>(step: impl Future<Output = T>) -> T {
    timeout(PATIENCE, step).await.expect("a step of the test never ended")
}

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) images: MemoryImages,
    pub(crate) faults: Faults,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::within(Limits::default())
    }

    pub(crate) fn within(limits: Limits) -> Self {
        let images = MemoryImages::new(Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH)));
        let faults = Faults::default();
        let store = Arc::new(Faulty::new(Arc::new(images.clone()), &faults));
        let health = Health::new(hexad::Health::default().with_store("images", store.clone()));
        Self { app: app(store, &health, limits), images, faults }
    }

    /// A client in this process.
    pub(crate) fn client(&self) -> ImageDeliveryClient<Local> {
        client(self.app.clone())
    }

    pub(crate) fn local(&self) -> Local {
        Local(self.app.clone())
    }

    /// Puts an image there as another program left it.
    pub(crate) fn adopt(&self, name: &str, bytes: Vec<u8>) {
        self.images.adopt(ImageName::from_stored(name.to_owned()), bytes.into());
    }

    /// What is stored, by name.
    pub(crate) async fn stored(&self) -> Vec<String> {
        let names = self.images.list(None, usize::MAX).await.unwrap();
        names.iter().map(ToString::to_string).collect()
    }

    /// Nothing is stored, and nothing is being received any more, at the latest in a moment.
    pub(crate) async fn keeps_nothing(&self) {
        soon(async {
            while self.images.staged() > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(self.stored().await, Vec::<String>::new());
    }

    /// Whatever went before, an image is received now.
    pub(crate) async fn still_works(&self) {
        let answer = upload(&mut self.client(), "works.png", &png(2, 3, b"works")).await.unwrap();
        assert_eq!(answer.image.unwrap().name, "works.png");
    }
}

pub(crate) fn app(store: Arc<dyn ImageStore>, health: &Health, limits: Limits) -> App {
    let app = App::builder("image", Router::new(), RequestIds::new(1)).limits(limits);
    image::beside(app, Arc::new(Images { store }), PublicUrl::default(), health).build()
}

/// A client of the service in this process.
pub(crate) fn client(app: App) -> ImageDeliveryClient<Local> {
    ImageDeliveryClient::with_origin(Local(app), "http://images.test".parse().unwrap())
}

/// The service in this process, as a client takes it.
#[derive(Clone)]
pub(crate) struct Local(App);

impl Service<Request<tonic::body::Body>> for Local {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<tonic::body::Body>) -> Self::Future {
        let app = self.0.clone();
        Box::pin(async move { Ok(app.handle(request.map(Body::new)).await) })
    }
}

/// The service on a port of its own.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) running: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(app: App) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(serve(listener, app, shutdown.clone()));
        Self { address, shutdown, running }
    }

    /// A client, by the way of a whole HTTP/2 connection.
    pub(crate) fn transport(&self) -> Client<HttpConnector, tonic::body::Body> {
        Client::builder(TokioExecutor::new()).http2_only(true).build_http()
    }

    pub(crate) fn origin(&self) -> http::Uri {
        format!("http://{}", self.address).parse().unwrap()
    }

    /// A client that is told what to do frame by frame.
    pub(crate) async fn by_frames(&self) -> h2::client::SendRequest<Bytes> {
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        client.ready().await.unwrap()
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        soon(self.running).await.unwrap();
    }
}

/// A PNG of this size up to its pixels, and some bytes after that.
pub(crate) fn png(width: u32, height: u32, rest: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
    bytes.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\0\0IDAT");
    bytes.extend(rest);
    bytes
}

pub(crate) fn info(name: &str) -> UploadImageRequest {
    UploadImageRequest { part: Some(Part::Info(ImageInfo { name: name.to_owned() })) }
}

pub(crate) fn chunk(bytes: impl Into<Bytes>) -> UploadImageRequest {
    UploadImageRequest { part: Some(Part::Chunk(bytes.into())) }
}

/// The messages of an upload in pieces of 64 KiB.
pub(crate) fn messages(name: &str, bytes: &[u8]) -> Vec<UploadImageRequest> {
    let chunks = bytes.chunks(64 * 1024).map(|bytes| chunk(bytes.to_vec()));
    std::iter::once(info(name)).chain(chunks).collect()
}

pub(crate) async fn upload(
    client: &mut ImageDeliveryClient<Local>,
    name: &str,
    bytes: &[u8],
) -> Result<UploadImageResponse, Status> {
    Ok(client.upload_image(stream::iter(messages(name, bytes))).await?.into_inner())
}

/// All that is listed, in order.
pub(crate) async fn list(
    client: &mut ImageDeliveryClient<Local>,
    limit: u32,
    cursor: &str,
) -> Result<Vec<Image>, Status> {
    let request = ListImagesRequest { limit, cursor: cursor.to_owned() };
    let mut listed = client.list_images(request).await?.into_inner();
    let mut images = Vec::new();
    while let Some(image) = listed.message().await? {
        images.push(image);
    }
    Ok(images)
}

/// Asserts a refusal by the one table: its status, its stable code, and an id to ask about it.
#[track_caller]
pub(crate) fn refused(status: &Status, code: Code, name: &str) {
    let told = status.metadata().get("hexad-code").map(|code| code.to_str().unwrap());
    assert_eq!((status.code(), told), (code, Some(name)), "{status:?}");
    assert!(!status.message().is_empty());
    let unavailable = code == Code::Unavailable;
    assert_eq!(status.metadata().contains_key("retry-after"), unavailable, "{status:?}");
}

/// A message with the five bytes before it.
pub(crate) fn framed(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(message.len().try_into().unwrap());
    frame.put(message);
    frame.freeze()
}

/// A call that is written by hand.
pub(crate) fn call(path: &str) -> http::request::Builder {
    Request::post(format!("http://images.test{path}"))
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
}

/// The status that ends the answer to such a call, wherever it stands.
pub(crate) async fn ended(app: &App, call: Request<Body>) -> Status {
    let response = app.handle(call).await;
    assert_eq!(response.status(), 200);
    assert!(response.headers().contains_key("x-request-id"));
    status(response.into_parts()).await
}

pub(crate) async fn status((head, body): (http::response::Parts, Body)) -> Status {
    let body = body.collect().await.unwrap();
    let trailers = body.trailers().cloned().unwrap_or_default();
    let stated = |headers: &HeaderMap| headers.contains_key("grpc-status");
    assert!(stated(&head.headers) != stated(&trailers), "a status, once");
    if stated(&head.headers) {
        assert!(body.to_bytes().is_empty(), "nothing after the head");
        return Status::from_header_map(&head.headers).unwrap();
    }
    Status::from_header_map(&trailers).unwrap()
}

/// Sends each of these as it comes, and knows when nobody wants them any more.
pub(crate) fn writing()
-> (tokio::sync::mpsc::Sender<UploadImageRequest>, impl Stream<Item = UploadImageRequest>) {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    (sender, stream::poll_fn(move |cx| receiver.poll_recv(cx)))
}
