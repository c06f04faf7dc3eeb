//! Server reflection, as the tools that need no `.proto` file use it.

const SERVICES: [&str; 3] =
    ["grpc.health.v1.Health", "hexad.image.v1.ImageDelivery", "grpc.reflection.VERSION.ServerReflection"];

/// The same by each version of the protocol.
macro_rules! version {
    ($version:ident) => {
        mod $version {
            use super::SERVICES;
            use crate::world::{MOMENT, Server, World, refused, soon};
            use futures_util::{Stream, StreamExt, stream};
            use hexad_http::Limits;
            use prost::Message;
            use tonic::{Code, Streaming};
            use tonic_reflection::pb::$version::{
                ServerReflectionRequest, ServerReflectionResponse,
                server_reflection_client::ServerReflectionClient, server_reflection_request::MessageRequest,
                server_reflection_response::MessageResponse,
            };

            type Questions = Vec<Option<MessageRequest>>;
            type Answers = Streaming<ServerReflectionResponse>;

            async fn served(limits: Limits) -> Server {
                Server::start(World::within(limits).app).await
            }

            async fn ask(
                server: &Server,
                questions: impl Stream<Item = ServerReflectionRequest> + Send + 'static,
            ) -> Answers {
                let mut client = ServerReflectionClient::with_origin(server.transport(), server.origin());
                soon(client.server_reflection_info(questions)).await.unwrap().into_inner()
            }

            fn all(questions: Questions) -> impl Stream<Item = ServerReflectionRequest> + Send + 'static {
                stream::iter(
                    questions.into_iter().map(|message_request| ServerReflectionRequest {
                        host: "x".to_owned(),
                        message_request,
                    }),
                )
            }

            /// These questions, and then nothing, not even an end.
            fn silent(questions: Questions) -> impl Stream<Item = ServerReflectionRequest> + Send + 'static {
                all(questions).chain(stream::pending())
            }

            fn services() -> Option<MessageRequest> {
                Some(MessageRequest::ListServices(String::new()))
            }

            fn symbol(name: &str) -> Option<MessageRequest> {
                Some(MessageRequest::FileContainingSymbol(name.to_owned()))
            }

            async fn next(answers: &mut Answers) -> ServerReflectionResponse {
                soon(answers.message()).await.unwrap().unwrap()
            }

            #[tokio::test]
            async fn it_tells_what_there_is() {
                let server = served(Limits::default()).await;
                let questions = all(vec![services(), symbol("hexad.image.v1.ImageDelivery")]);
                let mut answers = ask(&server, questions).await;

                let Some(MessageResponse::ListServicesResponse(listed)) =
                    next(&mut answers).await.message_response
                else {
                    panic!("no list")
                };
                let mut services: Vec<_> = listed.service.into_iter().map(|service| service.name).collect();
                services.sort();
                let mut expected = SERVICES.map(|service| service.replace("VERSION", stringify!($version)));
                expected.sort();
                assert_eq!(services, expected);

                let Some(MessageResponse::FileDescriptorResponse(found)) =
                    next(&mut answers).await.message_response
                else {
                    panic!("no file")
                };
                let file = found.file_descriptor_proto[0].as_slice();
                let file = prost_types::FileDescriptorProto::decode(file).unwrap();
                assert_eq!(file.package(), "hexad.image.v1");
                let methods: Vec<_> =
                    file.service[0].method.iter().map(|method| method.name().to_owned()).collect();
                assert_eq!(methods, ["uploadImage", "listImages"]);
                assert!(soon(answers.message()).await.unwrap().is_none());
            }

            #[tokio::test]
            async fn what_it_does_not_know_it_says_and_goes_on() {
                let server = served(Limits::default()).await;
                let unknown = [symbol("nobody.Knows"), Some(MessageRequest::FileByFilename("x".to_owned()))];
                for question in unknown {
                    let mut answers = ask(&server, all(vec![question.clone(), services()])).await;
                    let answer = next(&mut answers).await;
                    let Some(MessageResponse::ErrorResponse(error)) = answer.message_response else {
                        panic!("no error: {answer:?}")
                    };
                    assert_eq!(error.error_code, i32::from(Code::NotFound));
                    assert!(!error.error_message.is_empty());
                    let original = answer.original_request.unwrap();
                    assert_eq!((answer.valid_host.as_str(), original.message_request), ("x", question));
                    let answer = next(&mut answers).await.message_response;
                    assert!(matches!(answer, Some(MessageResponse::ListServicesResponse(_))), "{answer:?}");
                    assert!(soon(answers.message()).await.unwrap().is_none());
                }
            }

            #[tokio::test]
            async fn a_question_for_nothing_is_refused() {
                let server = served(Limits::default()).await;
                let mut answers = ask(&server, all(vec![None, services()])).await;
                let status = soon(answers.message()).await.unwrap_err();
                refused(&status, Code::InvalidArgument, "malformed");
            }

            #[tokio::test]
            async fn a_client_that_pauses_for_too_long_is_told_so() {
                let server = served(Limits { body_idle: MOMENT, ..Limits::default() }).await;
                let mut answers = ask(&server, silent(vec![services()])).await;
                next(&mut answers).await;
                let status = soon(answers.message()).await.unwrap_err();
                refused(&status, Code::DeadlineExceeded, "request_timeout");
            }

            #[tokio::test]
            async fn a_server_that_stops_waits_for_nobody_who_might_ask() {
                let server = served(Limits::default()).await;
                let mut answers = ask(&server, silent(vec![services()])).await;
                next(&mut answers).await;
                let begun = tokio::time::Instant::now();
                server.stop().await;
                assert!(begun.elapsed() < Limits::default().shutdown);
                refused(&soon(answers.message()).await.unwrap_err(), Code::Unavailable, "unavailable");
            }
        }
    };
}

version!(v1);
version!(v1alpha);
