//! The middle of the hexagon: the values, entities, rules, decisions and events of users, sessions and images.
//!
//! Nothing here is async, does I/O, or knows a wire format. What enters is parsed (`parse`) and cannot be wrong
//! afterwards; what a store read back is taken as it is (`from_stored`), since a column may hold what an older
//! program wrote.
//!
//! ```
//! use hexad_domain::image::ImageName;
//!
//! let name = ImageName::from_client("../holiday photo.JPG").unwrap();
//! assert_eq!(name.as_str(), "holiday_photo.JPG");
//! ```

pub mod common_passwords;
pub mod image;
pub mod phrase;

mod event;
mod registration;
mod session;
pub mod time;
mod token;
mod user;
mod values;

pub use event::{Area, Event, EventKind};
pub use registration::{Registration, RegistrationForm};
pub use session::{DataError, Decision, Identity, Session, SessionChange, SessionData, SessionRecord};
pub use time::Timestamp;
pub use token::Claims;
pub use user::User;
pub use values::{
    City, Content, Dni, Email, EventId, Field, FieldError, FieldErrors, FirstName, LastName, Password,
    PasswordHash, Problem, Rule, SessionId, UserId, Username,
};
