//! `hexad.image.v1`, as generated from `proto/image_delivery.proto`: its messages, and the client and the server of
//! `ImageDelivery`.
#![allow(missing_docs, unreachable_pub, non_camel_case_types, clippy::all, reason = "generated")]

tonic::include_proto!("hexad.image.v1");

/// The file itself as a descriptor, which is what server reflection gives.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/image_delivery.bin"));
