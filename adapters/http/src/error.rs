//! What the use cases refuse, as problems.

use crate::{
    body::BodyError,
    code::Code,
    problem::{FieldProblem, Problem},
};
use hexad::{
    Error,
    domain::{DataError, FieldErrors, Problem as FieldFault},
    ports::{Unavailable, error_chain},
};
use std::error::Error as StdError;

impl From<Error> for Problem {
    /// The line of the table for each error, with the words of the originals where they had any. What is unavailable
    /// is written to the log with its cause, which goes no further.
    fn from(error: Error) -> Self {
        match error {
            Error::Fields(errors) => of_fields(&errors),
            Error::Duplicate(fields) => Problem {
                fields: fields
                    .into_iter()
                    .map(|field| FieldProblem {
                        name: field.name().into(),
                        code: Code::Duplicate,
                        detail: format!("{field} is taken.").into(),
                    })
                    .collect(),
                ..Problem::new(
                    Code::Duplicate,
                    "Duplicate user information detected (username, dni, or email).",
                )
            },
            Error::InvalidCredentials => Problem::new(Code::InvalidCredentials, "Invalid credentials"),
            Error::TokenMissing => Problem::new(Code::TokenMissing, "Token is missing"),
            Error::TokenExpired => Problem::new(Code::TokenExpired, "Token expired"),
            Error::TokenInvalid => Problem::new(Code::TokenInvalid, "Invalid token"),
            Error::Forbidden => {
                Problem::new(Code::Forbidden, "The token does not reach another user's session.")
            }
            Error::UserNotFound => Problem::new(Code::UserNotFound, "User not found"),
            Error::SessionNotFound => Problem::new(Code::SessionNotFound, "Session not found"),
            Error::NoSessions => Problem::new(Code::NoSessions, "No sessions found for this user."),
            Error::Data(error) => of_data(error),
            Error::PreconditionFailed => {
                Problem::new(Code::PreconditionFailed, "The session has changed since it was read.")
            }
            Error::NotAnImage => Problem::new(Code::NotAnImage, sentence(&error)),
            Error::ImageTooLarge(_) => Problem::new(Code::TooLarge, sentence(&error)),
            Error::InvalidName(_) => Problem::new(Code::InvalidName, sentence(&error)),
            Error::NameTaken => Problem::new(Code::NameTaken, sentence(&error)),
            Error::ImageNotFound => Problem::new(Code::ImageNotFound, "Image not found"),
            Error::Interrupted(source) => interrupted(source.as_ref()),
            Error::Busy { retry_after } => {
                Problem::new(Code::Busy, "Too much to do at present.").retry_after(retry_after)
            }
            Error::Unavailable(unavailable) => Problem::from(unavailable),
        }
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Self {
        tracing::warn!(part = unavailable.what(), error = error_chain(&unavailable), "unavailable");
        Problem::new(Code::Unavailable, "The service cannot reach a part that it needs.")
    }
}

fn of_fields(errors: &FieldErrors) -> Problem {
    let fields = errors.iter().map(|error| FieldProblem {
        name: error.field.name().into(),
        code: match error.problem {
            FieldFault::Missing => Code::MissingField,
            FieldFault::Repeated => Code::RepeatedField,
            FieldFault::Invalid => Code::InvalidField,
        },
        detail: format!("{error}.").into(),
    });
    Problem::of_fields(fields.collect())
}

fn of_data(error: DataError) -> Problem {
    match error {
        DataError::TooLarge => Problem::new(Code::TooLarge, sentence(&error)),
        DataError::NotAnObject | DataError::TooDeep | DataError::NulCharacter => {
            Problem::invalid_field("data", format!("{error}."))
        }
    }
}

/// The caller's own stream failed: it says itself what was wrong, if it was one of ours.
fn interrupted(source: &(dyn StdError + Send + Sync + 'static)) -> Problem {
    if let Some(problem) = source.downcast_ref::<Problem>() {
        return problem.clone();
    }
    match source.downcast_ref::<BodyError>() {
        Some(error) => Problem::from(error),
        None => Problem::malformed("The body was cut off."),
    }
}

/// An error's text as a sentence.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        body::BodyError,
        code::Code,
        problem::{FieldProblem, Problem},
    };
    use hexad::{
        Error, ImageBound,
        domain::{DataError, Field, FieldError, FieldErrors},
        ports::Unavailable,
    };
    use std::time::Duration;

    #[test]
    fn each_error_has_its_status_and_its_words() {
        let cases = [
            (Error::InvalidCredentials, 401, "Invalid credentials"),
            (Error::TokenMissing, 403, "Token is missing"),
            (Error::TokenExpired, 401, "Token expired"),
            (Error::TokenInvalid, 401, "Invalid token"),
            (Error::UserNotFound, 404, "User not found"),
            (Error::SessionNotFound, 404, "Session not found"),
            (Error::NoSessions, 404, "No sessions found for this user."),
            (Error::ImageTooLarge(ImageBound::Bytes), 413, "The image is larger than 20 MiB."),
            (Error::NameTaken, 409, "Other bytes have this name already."),
        ];
        for (error, status, detail) in cases {
            let problem = Problem::from(error);
            assert_eq!((problem.status().as_u16(), problem.detail.as_ref()), (status, detail));
        }
    }

    #[test]
    fn fields_keep_their_names_and_codes() {
        let problem = Problem::from(Error::Fields(FieldErrors::from(FieldError::missing(Field::Dni))));
        assert_eq!(problem.code, Code::MissingField);
        let detail = "dni is missing.".into();
        assert_eq!(problem.fields, [FieldProblem { name: "dni".into(), code: Code::MissingField, detail }]);

        let problem = Problem::from(Error::Duplicate(vec![Field::Email]));
        assert_eq!((problem.code, problem.fields[0].name.as_ref()), (Code::Duplicate, "email"));
    }

    #[test]
    fn data_that_is_too_large_is_413_and_other_data_400() {
        assert_eq!(Problem::from(Error::Data(DataError::TooLarge)).status(), 413);
        for error in [DataError::NotAnObject, DataError::TooDeep, DataError::NulCharacter] {
            assert_eq!(Problem::from(Error::Data(error)).code, Code::InvalidField);
        }
    }

    #[test]
    fn the_cause_of_an_outage_stays_inside() {
        let outage = Unavailable::new("the user store", "SQL secret in /var/lib");
        let document = Problem::from(Error::Unavailable(outage)).document(None).to_string();
        assert!(!document.contains("secret") && !document.contains("user store"), "{document}");
    }

    #[test]
    fn a_busy_part_says_when_to_come_back() {
        let problem = Problem::from(Error::Busy { retry_after: Duration::from_millis(2500) });
        assert_eq!((problem.status().as_u16(), problem.retry_after_seconds()), (503, Some(3)));
    }

    #[test]
    fn an_interrupted_upload_says_why() {
        let no_file = Problem::new(Code::NoFile, "No file provided");
        let cases: [(Box<dyn std::error::Error + Send + Sync>, Code); 4] = [
            (Box::new(no_file), Code::NoFile),
            (Box::new(BodyError::TooSlow), Code::RequestTimeout),
            (Box::new(BodyError::TooLarge(5)), Code::TooLarge),
            ("anything else".into(), Code::Malformed),
        ];
        for (source, code) in cases {
            assert_eq!(Problem::from(Error::Interrupted(source)).code, code);
        }
    }
}
