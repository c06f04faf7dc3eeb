//! Server reflection, in both of its versions: clients find the methods and their messages without a `.proto` file.

use crate::{front, proto};
use axum::{Router, middleware::map_request};
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
    let v1 = described().build_v1()?.max_decoding_message_size(LARGEST);
    let v1alpha = described().build_v1alpha()?.max_decoding_message_size(LARGEST);
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
