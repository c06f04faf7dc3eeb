//! Why a request came to nothing.

use hexad_ports::{Unavailable, error_chain};
use reqwest::{Response, StatusCode, header::HeaderMap};
use roxmltree::Document;
use std::{fmt, time::Duration};

/// What an error document is read of at most: they are short.
const LONGEST_REFUSAL: usize = 64 * 1024;

/// Why a request came to nothing. For the log: no key and no signature is in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// There was no connection, or it ended too early.
    #[error("{}", error_chain(.0))]
    Lost(reqwest::Error),
    #[error("the store has been silent for {} ms", .0.as_millis())]
    Silent(Duration),
    #[error(transparent)]
    Refused(Refusal),
    /// Something answers that is no S3, or answers what S3 does not.
    #[error("the answer is not one of S3: {0}")]
    Strange(String),
    /// The request could not be made at all.
    #[error("the request cannot be made: {0}")]
    Unmade(String),
}

impl Failure {
    /// Whether the same request, if it may be repeated, has a fair chance a moment later.
    pub(super) fn passes(&self) -> bool {
        match self {
            Failure::Lost(error) => !error.is_body() && !is_about_tls(error),
            Failure::Refused(refusal) => {
                matches!(refusal.status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
            }
            Failure::Silent(_) | Failure::Strange(_) | Failure::Unmade(_) => false,
        }
    }

    /// What the store said, where it said no.
    pub(super) fn refusal(&self) -> Option<&Refusal> {
        if let Failure::Refused(refusal) = self { Some(refusal) } else { None }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Failure::Lost(error.without_url())
    }
}

impl From<Failure> for Unavailable {
    fn from(failure: Failure) -> Self {
        unavailable(failure)
    }
}

pub(super) fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Unavailable {
    Unavailable::new("the image store", source)
}

/// The TLS handshake failed: the other side speaks no TLS, or shows a certificate that is not trusted.
pub(super) fn is_about_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    // An `io::Error` gives as its source that of what it holds, and so hides what it holds.
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(held) => is_about_tls(held),
        None => error.source().is_some_and(is_about_tls),
    }
}

/// The store's no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// S3's name for it; empty where there is none, as in answers to `HEAD`.
    pub(super) code: String,
    /// For people.
    message: String,
    /// Where the bucket is, if that is what is wrong.
    pub(super) region: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the store answers {}", self.status.as_u16())?;
        if !self.code.is_empty() {
            write!(formatter, " {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(formatter, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl Refusal {
    /// Reads what came in place of the answer.
    pub(super) async fn read(mut response: Response) -> Result<Refusal, reqwest::Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_REFUSAL {
                break;
            }
        }
        Ok(Refusal::of(response.status(), response.headers(), &String::from_utf8_lossy(&body)))
    }

    /// Whether the store takes no key of this form, so that nothing can have it.
    pub(super) fn is_of_the_key(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST
            && matches!(
                self.code.as_str(),
                // MinIO: a part too long for its file system, or none; and a part that is `.` or `..`, also between
                // backslashes and among white space.
                "XMinioInvalidObjectName" | "XMinioInvalidResourceName" | "KeyTooLongError"
            )
    }

    /// Whether this is a server that speaks TLS, and was spoken to without.
    pub(super) fn asks_for_tls(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST && self.code.is_empty() && self.message.contains("HTTPS")
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    fn of(status: StatusCode, headers: &HeaderMap, body: &str) -> Refusal {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let document = Document::parse(body).ok();
        let error =
            document.as_ref().map(Document::root_element).filter(|root| root.tag_name().name() == "Error");
        let element = |name: &str| error?.children().find(|child| child.tag_name().name() == name)?.text();
        // MinIO says in headers too what an answer to `HEAD` has no body for.
        let code = element("Code").or_else(|| header("x-minio-error-code"));
        // What is no S3 says it in words of its own.
        let words = error.is_none().then_some(body);
        let message = element("Message").or_else(|| header("x-minio-error-desc")).or(words);
        Refusal {
            status,
            code: one_line(code.unwrap_or_default()),
            message: one_line(message.unwrap_or_default()),
            region: element("Region").or_else(|| header("x-amz-bucket-region")).map(one_line),
        }
    }
}

/// What a stranger wrote, fit for one line of a log.
fn one_line(text: &str) -> String {
    text.trim_matches(['"', ' ']).chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(body: &str) -> Refusal {
        Refusal::of(StatusCode::FORBIDDEN, &HeaderMap::new(), body)
    }

    #[test]
    fn an_error_document_is_read_without_what_it_echoes() {
        // As Amazon answers a wrong signature: what was signed, and with whose key, is in it.
        let refused = refusal(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SignatureDoesNotMatch</Code>\
             <Message>The request signature we calculated\ndoes not match.</Message>\
             <AWSAccessKeyId>AKIAHUNTER2</AWSAccessKeyId><StringToSign>AWS4</StringToSign></Error>",
        );
        assert_eq!(refused.code, "SignatureDoesNotMatch");
        let shown = format!("{refused} {refused:?}");
        assert!(shown.contains("403 SignatureDoesNotMatch: The request signature we calculated does not"));
        assert!(!shown.contains("HUNTER2"));
    }

    #[test]
    fn an_error_of_the_region_tells_the_right_one() {
        let refused = refusal(
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>…</Message><Region>eu-west-3</Region></Error>",
        );
        assert_eq!(refused.region.as_deref(), Some("eu-west-3"));
    }

    #[test]
    fn an_answer_without_a_body_has_minios_headers() {
        let mut headers = HeaderMap::new();
        headers.insert("x-minio-error-code", "NoSuchBucket".parse().unwrap());
        headers.insert("x-minio-error-desc", "\"The specified bucket does not exist\"".parse().unwrap());
        let refused = Refusal::of(StatusCode::NOT_FOUND, &headers, "");
        let expected = "the store answers 404 NoSuchBucket: The specified bucket does not exist";
        assert_eq!(refused.to_string(), expected);
    }

    #[test]
    fn what_is_no_error_document_has_no_code() {
        for body in ["", "<html><Code>NoSuchKey</Code></html>", "<Error><Code>x", "nginx"] {
            assert_eq!(refusal(body).code, "", "{body}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_answered_fits_a_line(body: String, code in "\\PC{0,400}") {
            for body in [body, format!("<Error><Code><![CDATA[{code}\n]]></Code><Message>&#10;</Message></Error>")] {
                let shown = refusal(&body).to_string();
                prop_assert!(!shown.contains(char::is_control));
                prop_assert!(shown.chars().count() < 700);
            }
        }
    }
}
