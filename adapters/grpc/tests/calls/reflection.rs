//! Server reflection, as the tools that need no `.proto` file use it.

use crate::world::{Server, World, soon};
use futures_util::stream;
use prost::Message;
use tonic_reflection::pb::{v1, v1alpha};

const SERVICES: [&str; 3] =
    ["grpc.health.v1.Health", "hexad.image.v1.ImageDelivery", "grpc.reflection.VERSION.ServerReflection"];

/// Asks for the services and for the file of one, by one version of the protocol.
macro_rules! journey {
    ($version:ident, $name:literal) => {{
        use $version::{
            ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
            server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
        };
        let world = World::new();
        let server = Server::start(world.app.clone()).await;
        let mut client = ServerReflectionClient::with_origin(server.transport(), server.origin());
        let request =
            |message| ServerReflectionRequest { host: String::new(), message_request: Some(message) };
        let asked = stream::iter([
            request(MessageRequest::ListServices(String::new())),
            request(MessageRequest::FileContainingSymbol("hexad.image.v1.ImageDelivery".to_owned())),
        ]);
        let mut answers = soon(client.server_reflection_info(asked)).await.unwrap().into_inner();

        let Some(MessageResponse::ListServicesResponse(listed)) =
            soon(answers.message()).await.unwrap().unwrap().message_response
        else {
            panic!("no list")
        };
        let mut services: Vec<_> = listed.service.into_iter().map(|service| service.name).collect();
        services.sort();
        let mut expected = SERVICES.map(|service| service.replace("VERSION", $name));
        expected.sort();
        assert_eq!(services, expected);

        let Some(MessageResponse::FileDescriptorResponse(found)) =
            soon(answers.message()).await.unwrap().unwrap().message_response
        else {
            panic!("no file")
        };
        let file =
            prost_types::FileDescriptorProto::decode(found.file_descriptor_proto[0].as_slice()).unwrap();
        assert_eq!(file.package(), "hexad.image.v1");
        let methods: Vec<_> = file.service[0].method.iter().map(|method| method.name().to_owned()).collect();
        assert_eq!(methods, ["uploadImage", "listImages"]);
        assert!(soon(answers.message()).await.unwrap().is_none());
    }};
}

#[tokio::test]
async fn version_1_tells_what_there_is() {
    journey!(v1, "v1");
}

#[tokio::test]
async fn version_1_alpha_tells_it_too() {
    journey!(v1alpha, "v1alpha");
}
