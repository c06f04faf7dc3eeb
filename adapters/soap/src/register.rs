//! The registration service.

use crate::USER_SERVICE;
use crate::operation::Operation;
use crate::writer::{Writer, element};

/// `registerUser`. The originals looked for its fields and for no wrapper.
pub const REGISTER_USER: Operation = Operation {
    wrapper: None,
    namespaces: &["http://example.com/user", USER_SERVICE],
    fields: &["username", "password", "first_name", "last_name", "dni", "email", "city"],
};

/// Writes the message that the originals answered with, well or ill.
pub(crate) fn write_message(writer: &mut Writer, message: &str) {
    writer.element(element("registerUserResponse").default_ns(USER_SERVICE), |writer| {
        writer.leaf("message", message);
    });
}
