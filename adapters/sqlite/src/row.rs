//! Reading columns as they are: whatever stands in a row, no panic and no error comes of it.

use hexad_ports::domain::Timestamp;
use sqlx::{Row, sqlite::SqliteRow};

/// The text of a column. SQLite keeps what it is given, so this may be no UTF-8 (what is not is replaced), a number
/// (in digits) or nothing (empty).
pub(crate) fn text(row: &SqliteRow, column: &str) -> Result<String, sqlx::Error> {
    Ok(optional_text(row, column)?.unwrap_or_default())
}

/// The text of a column, `None` where it holds nothing.
pub(crate) fn optional_text(row: &SqliteRow, column: &str) -> Result<Option<String>, sqlx::Error> {
    let bytes: Option<Vec<u8>> = row.try_get_unchecked(column)?;
    Ok(bytes.map(|bytes| {
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }))
}

/// The number in a column, `None` where it holds nothing.
pub(crate) fn number(row: &SqliteRow, column: &str) -> Result<Option<i64>, sqlx::Error> {
    row.try_get_unchecked(column)
}

/// The moment in a column; `None` where it holds nothing, or nothing that is one.
pub(crate) fn moment(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    Ok(number(row, column)?.and_then(Timestamp::from_unix_micros))
}

/// The bytes of a column, none where it holds nothing.
pub(crate) fn bytes(row: &SqliteRow, column: &str) -> Result<Vec<u8>, sqlx::Error> {
    Ok(row.try_get_unchecked::<Option<Vec<u8>>, _>(column)?.unwrap_or_default())
}
