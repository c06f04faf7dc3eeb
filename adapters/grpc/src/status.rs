//! Errors as gRPC tells them: the status of the one table, its text, and the stable code in the metadata.

use axum::response::Response;
use hexad_http::{Code, Problem};
use http::HeaderMap;
use tonic::{Status, metadata::MetadataMap};

/// Where the stable code of an error stands, as in the member `code` of a problem document.
const CODE: &str = "hexad-code";

/// Where it stands when a repeat may succeed: whole seconds, as in the header of HTTP.
const RETRY_AFTER: &str = "retry-after";

/// A problem as a status.
pub(crate) fn of(problem: &Problem) -> Status {
    let mut metadata = MetadataMap::new();
    mark(&mut metadata, problem.code);
    if let Some(seconds) = problem.retry_after_seconds() {
        metadata.insert(RETRY_AFTER, seconds.into());
    }
    Status::with_metadata(code(problem.code), problem.detail.as_ref(), metadata)
}

/// A problem as the whole answer to a call.
pub(crate) fn answer(problem: &Problem) -> Response {
    of(problem).into_http()
}

/// A problem as what ends an answer.
pub(crate) fn trailers(problem: &Problem) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // It fails on a text that is no header, and this one is encoded.
    let _ = of(problem).add_header(&mut trailers);
    trailers
}

/// What tonic refuses by itself, in the words of the table. Everything else stays as it is.
pub(crate) fn in_our_words(mut status: Status) -> Status {
    if status.metadata().contains_key(CODE) {
        return status;
    }
    match status.code() {
        tonic::Code::OutOfRange | tonic::Code::ResourceExhausted => {
            of(&Problem::new(Code::TooLarge, "A message is larger than it may be."))
        }
        // gRPC's own specification says so of a message that claims to be compressed where no call may have one.
        tonic::Code::Internal if status.message().contains("no grpc-encoding") => {
            mark(status.metadata_mut(), Code::Malformed);
            status
        }
        // A compression that is not accepted; tonic says which ones are.
        tonic::Code::Unimplemented => {
            mark(status.metadata_mut(), Code::UnsupportedMediaType);
            status
        }
        tonic::Code::Internal | tonic::Code::Unknown => {
            of(&Problem::malformed("The request is no message of this method, or ends within one."))
        }
        _ => status,
    }
}

fn mark(metadata: &mut MetadataMap, code: Code) {
    metadata.insert(CODE, tonic::metadata::MetadataValue::from_static(code.name()));
}

fn code(code: Code) -> tonic::Code {
    tonic::Code::from_i32(i32::from(code.grpc().number()))
}

#[cfg(test)]
mod tests {
    use super::{CODE, RETRY_AFTER, code, in_our_words, of};
    use hexad_http::{Code, Problem};
    use tonic::Status;

    #[test]
    fn the_numbers_of_the_table_are_those_of_grpc() {
        for (row, grpc) in [
            (Code::Malformed, tonic::Code::InvalidArgument),
            (Code::TooLarge, tonic::Code::ResourceExhausted),
            (Code::RequestTimeout, tonic::Code::DeadlineExceeded),
            (Code::ImageNotFound, tonic::Code::NotFound),
            (Code::NotFound, tonic::Code::Unimplemented),
            (Code::Duplicate, tonic::Code::AlreadyExists),
            (Code::Forbidden, tonic::Code::PermissionDenied),
            (Code::PreconditionFailed, tonic::Code::FailedPrecondition),
            (Code::RangeNotSatisfiable, tonic::Code::OutOfRange),
            (Code::TokenInvalid, tonic::Code::Unauthenticated),
            (Code::Unavailable, tonic::Code::Unavailable),
            (Code::Internal, tonic::Code::Internal),
        ] {
            assert_eq!(code(row), grpc, "{}", row.name());
        }
        for row in Code::ALL {
            assert!(!matches!(code(*row), tonic::Code::Ok | tonic::Code::Unknown), "{}", row.name());
        }
    }

    #[test]
    fn a_status_has_the_code_and_when_to_come_back() {
        let status = of(&Problem::new(Code::Busy, "Too many requests at once."));
        assert_eq!(status.message(), "Too many requests at once.");
        assert_eq!(status.metadata().get(CODE).unwrap(), "busy");
        assert_eq!(status.metadata().get(RETRY_AFTER).unwrap(), "1");
        assert!(!of(&Problem::malformed("")).metadata().contains_key(RETRY_AFTER));
    }

    #[test]
    fn what_has_a_code_or_is_none_of_tonics_refusals_stays() {
        for status in
            [of(&Problem::internal()), Status::not_found("no such service"), Status::unavailable("")]
        {
            let same = in_our_words(status.clone());
            assert_eq!((same.code(), same.message()), (status.code(), status.message()));
        }
    }
}
