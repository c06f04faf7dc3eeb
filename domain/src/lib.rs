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
pub mod time;

pub use time::Timestamp;
