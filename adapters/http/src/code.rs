//! The one table of errors: what each is called, and what HTTP, SOAP and gRPC say for it.

use crate::grpc::GrpcStatus;
use http::StatusCode;

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The stable name that a client may switch on.
    pub name: &'static str,
    /// The HTTP status of a REST answer with this code.
    pub status: StatusCode,
    /// The problem document's `title`: the same for every occurrence (RFC 9457, 3.1.3).
    pub title: &'static str,
    /// The code in the detail of a SOAP fault, where the error can happen at a SOAP service.
    pub soap: Option<&'static str>,
    /// The status of a gRPC call that fails with it.
    pub grpc: GrpcStatus,
}

macro_rules! codes {
    ($($variant:ident = $name:literal, $status:ident, $title:literal, $soap:expr, $grpc:ident;)*) => {
        /// Every error that a Hexad service answers with.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each variant is its row's name and title")]
        pub enum Code { $($variant),* }

        impl Code {
            /// All codes, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The code's line of the table.
            #[must_use]
            pub const fn row(self) -> Row {
                match self {
                    $(Code::$variant => Row {
                        name: $name,
                        status: StatusCode::$status,
                        title: $title,
                        soap: $soap,
                        grpc: GrpcStatus::$grpc,
                    }),*
                }
            }
        }
    };
}

codes! {
    // What came in cannot be read.
    Malformed = "malformed", BAD_REQUEST, "Malformed request", Some("malformed"), InvalidArgument;
    MissingField = "missing_field", BAD_REQUEST, "Missing field", Some("missing"), InvalidArgument;
    RepeatedField = "repeated", BAD_REQUEST, "Repeated field", Some("repeated"), InvalidArgument;
    InvalidField = "invalid_field", BAD_REQUEST, "Invalid field", Some("invalid"), InvalidArgument;
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", Some("malformed"), Unimplemented;
    TooLarge = "too_large", PAYLOAD_TOO_LARGE, "Too large", Some("too_large"), ResourceExhausted;
    HeadTooLarge = "too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "Too large", Some("too_large"), ResourceExhausted;
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "Request time-out", Some("malformed"), DeadlineExceeded;

    // Who is asking.
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "Invalid credentials", None, Unauthenticated;
    TokenMissing = "token_missing", FORBIDDEN, "Token missing", None, Unauthenticated;
    TokenExpired = "token_expired", UNAUTHORIZED, "Token expired", None, Unauthenticated;
    TokenInvalid = "token_invalid", UNAUTHORIZED, "Token invalid", None, Unauthenticated;
    Forbidden = "forbidden", FORBIDDEN, "Forbidden", None, PermissionDenied;

    // Users and sessions.
    UserNotFound = "user_not_found", NOT_FOUND, "User not found", Some("not_found"), NotFound;
    SessionNotFound = "session_not_found", NOT_FOUND, "Session not found", None, NotFound;
    NoSessions = "no_sessions", NOT_FOUND, "No sessions", None, NotFound;
    UsernameMissing = "username_missing", BAD_REQUEST, "Username missing", None, InvalidArgument;
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED, "Precondition failed", None, FailedPrecondition;
    Duplicate = "duplicate", CONFLICT, "Duplicate", Some("duplicate"), AlreadyExists;

    // Images.
    NoFile = "no_file", BAD_REQUEST, "No file", None, InvalidArgument;
    NotAnImage = "not_an_image", UNSUPPORTED_MEDIA_TYPE, "Not an image", None, InvalidArgument;
    InvalidName = "invalid_name", BAD_REQUEST, "Invalid name", None, InvalidArgument;
    NameTaken = "name_taken", CONFLICT, "Name taken", None, AlreadyExists;
    ImageNotFound = "image_not_found", NOT_FOUND, "Image not found", None, NotFound;
    RangeNotSatisfiable = "range_not_satisfiable", RANGE_NOT_SATISFIABLE, "Range not satisfiable", None, OutOfRange;
    InvalidCursor = "invalid_cursor", BAD_REQUEST, "Invalid cursor", None, InvalidArgument;

    // The service itself.
    Busy = "busy", SERVICE_UNAVAILABLE, "Busy", Some("busy"), Unavailable;
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Unavailable", Some("unavailable"), Unavailable;
    NotFound = "not_found", NOT_FOUND, "Not found", Some("not_found"), Unimplemented;
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Method not allowed", None, Unimplemented;
    Internal = "internal", INTERNAL_SERVER_ERROR, "Internal error", Some("internal"), Internal;
}

impl Code {
    /// The stable name, as in the member `code` of a problem document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The HTTP status of a REST answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        self.row().status
    }

    /// The problem document's title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().title
    }

    /// The code in a SOAP fault's detail, where there is one.
    #[must_use]
    pub const fn soap(self) -> Option<&'static str> {
        self.row().soap
    }

    /// The status of a gRPC call.
    #[must_use]
    pub const fn grpc(self) -> GrpcStatus {
        self.row().grpc
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, GrpcStatus};
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_every_error_has_an_error_status() {
        let mut names = HashSet::new();
        for code in Code::ALL {
            // HTTP alone tells a head that is too large from a body that is.
            let is_known = *code == Code::HeadTooLarge;
            assert!(names.insert(code.name()) || is_known, "{} twice", code.name());
            assert!(code.status().is_client_error() || code.status().is_server_error(), "{}", code.name());
        }
    }

    /// Whoever tells by the status whose fault it was, and whether to try again, comes to the same by HTTP and gRPC.
    #[test]
    fn a_fault_of_the_service_is_one_over_grpc_too() {
        for code in Code::ALL {
            let by_grpc = matches!(code.grpc(), GrpcStatus::Internal | GrpcStatus::Unavailable);
            assert_eq!(by_grpc, code.status().is_server_error(), "{}", code.name());
        }
    }

    #[test]
    fn soap_codes_are_those_that_the_wsdl_lists() {
        let listed = [
            "malformed",
            "missing",
            "repeated",
            "invalid",
            "duplicate",
            "not_found",
            "too_large",
            "busy",
            "unavailable",
            "internal",
        ];
        let used: HashSet<_> = Code::ALL.iter().filter_map(|code| code.soap()).collect();
        assert_eq!(used, HashSet::from(listed));
    }
}
