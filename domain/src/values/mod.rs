//! Values: small types that cannot hold what their rule forbids, but for what an adopted store already held.

mod field;
mod ids;
mod password;
mod rule;
mod text;

pub use field::{Field, FieldError, FieldErrors, Problem};
pub(crate) use ids::uuid_v7;
pub use ids::{EventId, SessionId, UserId};
pub use password::{Password, PasswordHash};
pub use rule::{Content, Rule};
pub use text::{City, Dni, Email, FirstName, LastName, Username};
