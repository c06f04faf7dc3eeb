//! Uploads that are cut off: whatever came of them is forgotten.

use crate::world::{Server, UPLOAD, World, call, framed, png, soon};
use bytes::Bytes;
use h2::Reason;
use prost::Message;

/// A whole image in the messages of an upload, but for the end of the stream.
fn all_but_the_end() -> Bytes {
    let message = |message: hexad_grpc::proto::UploadImageRequest| framed(&message.encode_to_vec());
    let info = message(crate::world::info("a.png"));
    let bytes = message(crate::world::chunk(png(2, 3, b"all of it")));
    [info, bytes].concat().into()
}

/// The call, once the service has begun to receive it.
async fn begin(world: &World, server: &Server) -> h2::SendStream<Bytes> {
    let mut client = server.by_frames().await;
    let (answer, mut body) = client.send_request(call(UPLOAD).body(()).unwrap(), false).unwrap();
    body.send_data(all_but_the_end(), false).unwrap();
    soon(async {
        while world.images.staged() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    tokio::spawn(answer);
    body
}

#[tokio::test]
async fn an_upload_that_its_client_cancels_leaves_nothing() {
    let world = World::new();
    let server = Server::start(world.app.clone()).await;
    for reason in [Reason::CANCEL, Reason::NO_ERROR, Reason::INTERNAL_ERROR] {
        let mut body = begin(&world, &server).await;
        body.send_reset(reason);
        world.keeps_nothing().await;
    }
    world.still_works().await;
}

#[tokio::test]
async fn an_upload_whose_connection_breaks_leaves_nothing() {
    let world = World::new();
    let server = Server::start(world.app.clone()).await;
    let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let (_answer, mut body) = client.send_request(call(UPLOAD).body(()).unwrap(), false).unwrap();
    body.send_data(all_but_the_end(), false).unwrap();
    soon(async {
        while world.images.staged() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    connection.abort();
    world.keeps_nothing().await;
    world.still_works().await;
}

#[tokio::test]
async fn an_upload_that_the_end_of_the_server_cuts_leaves_nothing() {
    let world = World::within(hexad_http::Limits { shutdown: crate::world::MOMENT, ..Default::default() });
    let server = Server::start(world.app.clone()).await;
    let _body = begin(&world, &server).await;
    server.stop().await;
    world.keeps_nothing().await;
}
