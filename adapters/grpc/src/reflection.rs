//! Server reflection, in both of its versions: clients find the methods and their messages without a `.proto` file.
//!
//! What there is `tonic-reflection` knows. But its stream ends with the first question that it has no answer to, where
//! the protocol has an answer for that too; and it ends well where the questions break off. So each question is put to
//! it in a call of its own, in this process.

use crate::{front, proto, status};
use axum::{Router, middleware::map_request};
use hexad_http::{Code, Problem, Stopping};
use tonic::Status;
use tonic_reflection::server::{Builder, Error};

/// The largest question: the name of something.
const LARGEST: usize = 64 * 1024;

/// The routes of reflection, without any where its descriptors, which are compiled in, cannot be read.
pub(crate) fn routes() -> Router {
    made().unwrap_or_else(|error| {
        tracing::error!(%error, "no server reflection");
        Router::new()
    })
}

fn made() -> Result<Router, Error> {
    let v1 = v1::asking(described().build_v1()?);
    let v1alpha = v1alpha::asking(described().build_v1alpha()?);
    let routes = Router::new()
        .route_service("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", v1)
        .route_service("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", v1alpha);
    Ok(routes.layer(map_request(front::short)))
}

fn described() -> Builder<'static> {
    Builder::configure()
        .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

async fn stops(stopping: &Stopping) -> Status {
    stopping.begun().await;
    status::of(&Problem::new(Code::Unavailable, "The server stops."))
}

/// The same service in each version of the protocol, whose messages differ in nothing but their types.
macro_rules! version {
    ($version:ident) => {
        mod $version {
            use super::{LARGEST, stops};
            use crate::status;
            use futures_util::{Stream, StreamExt, stream};
            use hexad_http::{Problem, Stopping};
            use std::pin::Pin;
            use tonic::{Code, Request, Response, Status, Streaming};
            use tonic_reflection::{
                pb::$version::{
                    ErrorResponse, ServerReflectionRequest as Question, ServerReflectionResponse as Answer,
                    server_reflection_client::ServerReflectionClient,
                    server_reflection_response::MessageResponse,
                },
                server::$version::{ServerReflection, ServerReflectionServer},
            };

            /// A client of what knows the answers.
            type Known<S> = ServerReflectionClient<ServerReflectionServer<S>>;

            struct Asking<S: ServerReflection>(Known<S>);

            /// The service that asks that one.
            pub(super) fn asking<S: ServerReflection>(
                known: ServerReflectionServer<S>,
            ) -> ServerReflectionServer<impl ServerReflection> {
                let asking = Asking(ServerReflectionClient::new(known));
                ServerReflectionServer::new(asking).max_decoding_message_size(LARGEST)
            }

            #[tonic::async_trait]
            impl<S: ServerReflection> ServerReflection for Asking<S> {
                type ServerReflectionInfoStream = Pin<Box<dyn Stream<Item = Result<Answer, Status>> + Send>>;

                async fn server_reflection_info(
                    &self,
                    request: Request<Streaming<Question>>,
                ) -> Result<Response<Self::ServerReflectionInfoStream>, Status> {
                    let stopping = Stopping::of(request.extensions());
                    let asked = (self.0.clone(), request.into_inner(), stopping);
                    let answers = stream::try_unfold(asked, |(known, mut questions, stopping)| async move {
                        let question = tokio::select! {
                            status = stops(&stopping) => return Err(status),
                            question = questions.message() => question.map_err(status::in_our_words)?,
                        };
                        let Some(question) = question else { return Ok(None) };
                        let answer = answer(known.clone(), question).await?;
                        Ok(Some((answer, (known, questions, stopping))))
                    });
                    Ok(Response::new(answers.boxed()))
                }
            }

            async fn answer<S: ServerReflection>(
                mut known: Known<S>,
                question: Question,
            ) -> Result<Answer, Status> {
                let asked = stream::iter([question.clone()]);
                let answered = known.server_reflection_info(asked).await?.into_inner().message().await;
                match answered {
                    Ok(Some(answer)) => Ok(answer),
                    Ok(None) => Err(status::of(&Problem::internal())),
                    Err(status) if status.code() == Code::NotFound => {
                        let error = ErrorResponse {
                            error_code: status.code().into(),
                            error_message: status.message().to_owned(),
                        };
                        Ok(Answer {
                            valid_host: question.host.clone(),
                            original_request: Some(question),
                            message_response: Some(MessageResponse::ErrorResponse(error)),
                        })
                    }
                    // It asks for nothing, or for what only a newer version knows.
                    Err(_) => Err(status::of(&Problem::malformed("The question is none that is known."))),
                }
            }
        }
    };
}

version!(v1);
version!(v1alpha);
