//! Calls that no generated client makes.

use crate::world::{LIST, UPLOAD, World, call, chunk, ended, framed, info, png, refused};
use axum::body::Body;
use bytes::Bytes;
use hexad_http::Limits;
use http::{Request, Version};
use proptest::prelude::*;
use prost::Message;
use tonic::Code;

fn body(parts: &[&[u8]]) -> Body {
    Body::from(parts.concat())
}

#[tokio::test]
async fn an_unknown_method_or_service_is_unimplemented() {
    let world = World::new();
    for path in ["/hexad.image.v1.ImageDelivery/deleteImage", "/nobody.Knows/This", "/", "/images", "/livez"]
    {
        let call = call(path).body(Body::empty()).unwrap();
        refused(&ended(&world.app, call).await, Code::Unimplemented, "not_found");
    }
}

#[tokio::test]
async fn what_is_no_call_is_left_to_http() {
    let world = World::new();
    for (method, content_type) in
        [("POST", "application/json"), ("POST", "application/grpc-web+proto"), ("GET", "application/grpc")]
    {
        let request = Request::builder().method(method).uri(UPLOAD).version(Version::HTTP_2);
        let request = request.header("content-type", content_type).body(Body::empty()).unwrap();
        let response = world.app.handle(request).await;
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn another_version_of_http_or_encoding_of_messages_is_told_so() {
    let world = World::new();
    let old = Request::post(UPLOAD).header("host", "x").header("content-type", "application/grpc");
    let status = ended(&world.app, old.body(Body::empty()).unwrap()).await;
    refused(&status, Code::Unimplemented, "unsupported_media_type");
    assert!(status.message().contains("HTTP/2"));
    let mut json = call(UPLOAD).body(Body::empty()).unwrap();
    json.headers_mut().insert("content-type", "application/grpc+json".parse().unwrap());
    refused(&ended(&world.app, json).await, Code::Unimplemented, "unsupported_media_type");
}

#[tokio::test]
async fn too_many_calls_at_once_are_told_to_come_back() {
    let world = World::within(Limits { requests: 0, ..Limits::default() });
    for path in [UPLOAD, LIST] {
        let call = call(path).body(Body::empty()).unwrap();
        refused(&ended(&world.app, call).await, Code::Unavailable, "busy");
    }
}

#[tokio::test]
async fn compressed_messages_are_not_taken() {
    let world = World::new();
    let named = call(UPLOAD).header("grpc-encoding", "gzip").body(Body::empty()).unwrap();
    let status = ended(&world.app, named).await;
    refused(&status, Code::Unimplemented, "unsupported_media_type");
    // The one case for which gRPC's specification of compression prescribes the status.
    let unnamed = call(UPLOAD).body(body(&[b"\x01\0\0\0\x03abc"])).unwrap();
    refused(&ended(&world.app, unnamed).await, Code::Internal, "malformed");
}

#[tokio::test]
async fn what_is_no_message_is_refused_and_leaves_nothing() {
    let world = World::new();
    let info = framed(&info("a.png").encode_to_vec());
    let image = framed(&chunk(png(2, 3, b"")).encode_to_vec());
    let bodies: [(&str, Body); 8] = [
        ("half a prefix", body(&[b"\0\0"])),
        ("half a message", body(&[&info, &image[..20]])),
        ("a flag that is none", body(&[b"\x07\0\0\0\0"])),
        ("no protobuf", body(&[&framed(b"\xff\xff\xff\xff")])),
        ("a name that is no text", body(&[&framed(b"\x0a\x04\x0a\x02\xff\xfe")])),
        ("a length beyond the message", body(&[&framed(b"\x0a\x7f")])),
        ("a group that does not end", body(&[&framed(b"\x0b")])),
        ("a number as chunk", body(&[&info, &framed(b"\x10\x01")])),
    ];
    for (what, body) in bodies {
        let status = ended(&world.app, call(UPLOAD).body(body).unwrap()).await;
        assert_eq!(status.code(), Code::InvalidArgument, "{what}: {status:?}");
        refused(&status, Code::InvalidArgument, "malformed");
        world.keeps_nothing().await;
    }
    world.still_works().await;
}

#[tokio::test]
async fn a_claim_of_four_gigabytes_is_refused_before_they_come() {
    let world = World::new();
    for path in [UPLOAD, LIST] {
        let call = call(path).body(body(&[b"\0\xff\xff\xff\xff"])).unwrap();
        refused(&ended(&world.app, call).await, Code::ResourceExhausted, "too_large");
    }
}

/// As protocol buffers have it: whoever is newer may say more.
#[tokio::test]
async fn unknown_fields_are_passed_over() {
    let world = World::new();
    // Field 15 of the message and of the info, of three types.
    let info = b"\x7a\x03new\x7d\0\0\0\0\x0a\x0a\x0a\x05a.png\x78\x96\x01";
    let image = chunk(png(2, 3, b"")).encode_to_vec();
    let body = body(&[&framed(info), &framed(b"\x7a\x03new"), &framed(&image)]);
    let status = ended(&world.app, call(UPLOAD).body(body).unwrap()).await;
    assert_eq!(status.code(), Code::Ok, "{status:?}");
    assert_eq!(world.stored().await, ["a.png"]);
}

#[tokio::test]
async fn a_small_request_may_not_go_on_for_ever() {
    let world = World::within(Limits { body_bytes: 1000, ..Limits::default() });
    let endless = vec![framed(b""); 1000].concat();
    let status = ended(&world.app, call(LIST).body(Body::from(endless)).unwrap()).await;
    refused(&status, Code::ResourceExhausted, "too_large");
}

proptest! {
    /// Whatever is sent, the call ends with a status and nothing is left half received.
    #[test]
    fn any_bytes_come_to_an_end(
        parts in prop::collection::vec(prop_oneof![
            Just(framed(&info("a.png").encode_to_vec())),
            Just(framed(&chunk(png(2, 3, b"x")).encode_to_vec())),
            Just(framed(b"")),
            prop::collection::vec(any::<u8>(), 0..12).prop_map(|bytes| framed(&bytes)),
            prop::collection::vec(any::<u8>(), 0..12).prop_map(Bytes::from),
        ], 0..6),
        path in prop_oneof![Just(UPLOAD), Just(LIST)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let status = ended(&world.app, call(path).body(Body::from(parts.concat())).unwrap()).await;
            assert!(!matches!(status.code(), Code::Unknown | Code::Unavailable), "{status:?}");
            assert_eq!(world.images.staged(), 0);
            assert_eq!(world.stored().await.len(), usize::from(path == UPLOAD && status.code() == Code::Ok));
        });
    }
}
