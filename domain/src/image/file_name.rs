//! What an uploaded image is called in the store.

use std::fmt;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// The longest name in bytes: a file system takes 255, and a store may add a suffix of its own.
const MAX_LENGTH: usize = 200;

/// What is kept of an extension, its dot included, when a name is cut. Leaves room for a stem and a whole digest.
const MAX_EXTENSION: usize = 100;

/// The longest name in bytes that anything stored may have: a key of S3 takes no more.
const LONGEST_STORED: usize = 1024;

/// What an image is called. An upload gets a name that can stand as the last segment of any path or key; what others
/// stored keeps the name that it has there.
///
/// ```
/// use hexad_domain::image::ImageName;
///
/// assert_eq!(ImageName::from_client("../../etc/My Über photo.PNG").unwrap().as_str(), "etc_My_Uber_photo.PNG");
/// assert!(ImageName::from_client("日本").is_err());
/// assert!(ImageName::parse("cat.png").is_ok());
/// assert!(ImageName::parse("../cat.png").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageName(String);

/// A name of which nothing can be kept, or that is not safe as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "of the file name nothing can be kept, or it cannot stay as it is: a name has ASCII letters, digits, '.', '_' and \
     '-', at most {MAX_LENGTH} of them, and neither begins nor ends with '.' or '_'"
)]
pub struct InvalidName;

impl ImageName {
    /// Makes a safe name of what a client calls its file: exactly as werkzeug's `secure_filename` does on Linux, then
    /// cut to 200 bytes (the stem first; an extension only where it alone is too long).
    ///
    /// # Errors
    /// [`InvalidName`] where nothing is left.
    pub fn from_client(name: &str) -> Result<Self, InvalidName> {
        let sanitised = sanitise(name);
        if sanitised.is_empty() {
            return Err(InvalidName);
        }
        if sanitised.len() <= MAX_LENGTH {
            return Ok(Self(sanitised));
        }
        Ok(Self(fitted(&sanitised, "")))
    }

    /// Takes a name that is safe already: one that [`from_client`](Self::from_client) would not change.
    ///
    /// # Errors
    /// [`InvalidName`] where it would.
    pub fn parse(name: &str) -> Result<Self, InvalidName> {
        Self::from_client(name).ok().filter(|sanitised| sanitised.as_str() == name).ok_or(InvalidName)
    }

    /// Takes a name as the store has it, whoever put it there.
    pub const fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// Whether a URL can lead to what is stored under this name, so that it can be listed and fetched. That is more
    /// than an upload may be called: white space, any letters and slashes are well. It is not when it is empty, longer
    /// than 1,024 bytes, or has U+0000 in it; when it ends with a slash, which is how a folder is marked; and when a
    /// part of it is `.` or `..`, by which whatever reads the URL would go elsewhere.
    ///
    /// ```
    /// use hexad_domain::image::ImageName;
    ///
    /// let stored = |name: &str| ImageName::from_stored(name.to_owned());
    /// assert!(stored("holiday 2019/日本.png").is_addressable());
    /// assert!(!stored("holiday/../secret").is_addressable());
    /// assert!(!stored("holiday/").is_addressable());
    /// ```
    pub fn is_addressable(&self) -> bool {
        let name = self.0.as_str();
        (1..=LONGEST_STORED).contains(&name.len())
            && !name.contains('\0')
            && !name.ends_with('/')
            && name.split('/').all(|part| !matches!(part, "." | ".."))
    }

    /// The name for other bytes than those that have this name already: the first `digits` of their hash stand between
    /// stem and extension (all of them where there are fewer), and the stem is cut where 200 bytes would be passed.
    ///
    /// ```
    /// use hexad_domain::image::ImageName;
    ///
    /// let name = ImageName::parse("cat.png").unwrap();
    /// assert_eq!(name.with_digest("9f86d081884c7d65", 8).as_str(), "cat-9f86d081.png");
    /// ```
    #[must_use]
    pub fn with_digest(&self, sha256_hex: &str, digits: usize) -> Self {
        let digest: String = sha256_hex.chars().take(digits.min(64)).collect();
        Self(fitted(&self.0, &format!("-{digest}")))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// werkzeug's `secure_filename`, step by step and in its order. Characters are decomposed as the Unicode version of
/// the crate says; a Python of an older one drops the few that came since.
fn sanitise(name: &str) -> String {
    let ascii: String = name.nfkd().filter(char::is_ascii).collect();
    let joined = ascii.split(is_separator).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    let kept: String =
        joined.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')).collect();
    kept.trim_matches(['.', '_']).to_owned()
}

/// The separator of paths, and what Python's `str.split` takes for white space in ASCII: more than Rust's does.
fn is_separator(c: char) -> bool {
    matches!(c, '/' | ' ' | '\t'..='\r' | '\x1c'..='\x1f')
}

/// `name` with `suffix` after its stem, in at most [`MAX_LENGTH`] bytes.
fn fitted(name: &str, suffix: &str) -> String {
    let (stem, extension) = name.split_at(name.rfind('.').unwrap_or(name.len()));
    let extension = cut(extension, MAX_EXTENSION);
    let stem = cut(stem, MAX_LENGTH.saturating_sub(suffix.len() + extension.len()));
    let whole = format!("{stem}{suffix}{extension}");
    // A cut may have laid bare what sanitising takes off the end.
    whole.trim_end_matches(['.', '_']).to_owned()
}

/// At most so many bytes from the front, whole characters only.
fn cut(text: &str, length: usize) -> &str {
    text.get(..text.floor_char_boundary(length)).unwrap_or(text)
}
