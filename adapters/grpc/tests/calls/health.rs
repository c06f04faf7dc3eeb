//! The standard health service.

use crate::world::{Local, Server, World, refused, soon};
use hexad_http::Limits;
use hexad_memory::Fault;
use tonic::Code;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

const SERVICE: &str = "hexad.image.v1.ImageDelivery";

fn of(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

fn client(world: &World) -> HealthClient<Local> {
    HealthClient::with_origin(world.local(), "http://images.test".parse().unwrap())
}

#[tokio::test]
async fn the_server_and_the_service_serve_as_long_as_their_store_does() {
    // Whatever else it has to do.
    let world = World::within(Limits { requests: 0, ..Limits::default() });
    let mut client = client(&world);
    for service in ["", SERVICE] {
        let answer = client.check(of(service)).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving);
        world.faults.next("check", 1, Fault::BeforeEffect);
        let answer = client.check(of(service)).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::NotServing);
    }
    for unknown in ["grpc.health.v1.Health", "image", "x"] {
        assert_eq!(client.check(of(unknown)).await.unwrap_err().code(), Code::NotFound);
    }
}

#[tokio::test(start_paused = true)]
async fn who_watches_hears_of_every_change() {
    let world = World::new();
    let mut watch = client(&world).watch(of(SERVICE)).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    world.faults.every("check", Fault::BeforeEffect);
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    world.faults.recover();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
}

#[tokio::test]
async fn who_watches_what_is_not_known_is_told_so_and_may_wait() {
    let world = World::new();
    let mut watch = client(&world).watch(of("nobody")).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::ServiceUnknown);
}

#[tokio::test]
async fn not_everybody_can_watch() {
    let world = World::new();
    let mut watches = Vec::new();
    let refusal = loop {
        match client(&world).watch(of("")).await {
            Ok(watch) => watches.push(watch),
            Err(status) => break status,
        }
    };
    refused(&refusal, Code::Unavailable, "busy");
    assert_eq!(watches.len(), 64);
    watches.pop();
    assert!(client(&world).watch(of("")).await.is_ok());
}

#[tokio::test]
async fn a_server_that_stops_waits_for_nobody_who_watches() {
    let world = World::new();
    let server = Server::start(world.app.clone()).await;
    let mut client = HealthClient::with_origin(server.transport(), server.origin());
    let mut watch = soon(client.watch(of(""))).await.unwrap().into_inner();
    assert_eq!(soon(watch.message()).await.unwrap().unwrap().status(), ServingStatus::Serving);
    let begun = tokio::time::Instant::now();
    server.stop().await;
    assert!(begun.elapsed() < Limits::default().shutdown);
    refused(&soon(watch.message()).await.unwrap_err(), Code::Unavailable, "unavailable");
}
