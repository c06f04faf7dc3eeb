//! How long a client waits for the end of its call: `grpc-timeout`.

use crate::status;
use axum::body::Body;
use bytes::Bytes;
use hexad_http::{Code, Problem};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// The most digits that a time may have, by gRPC's specification of its protocol.
const DIGITS: usize = 8;

/// What a call is answered with whose time is over.
pub(crate) fn exceeded() -> Problem {
    Problem::new(Code::RequestTimeout, "The time that the client gave the call is over.")
}

/// Until when the client waits, where it says so.
pub(crate) fn of(headers: &HeaderMap) -> Result<Option<Instant>, Problem> {
    let mut given = headers.get_all("grpc-timeout").iter();
    let Some(text) = given.next() else { return Ok(None) };
    let duration = text.to_str().ok().filter(|_| given.next().is_none()).and_then(parse);
    let duration = duration.ok_or_else(|| Problem::malformed("grpc-timeout is no time."))?;
    Ok(Instant::now().checked_add(duration))
}

/// `TimeoutValue TimeoutUnit`: at most eight digits, and a letter.
fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if number.len() > DIGITS || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = number.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 60 * 60)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// An answer that ends when its time is over, and says so.
pub(crate) struct Timed {
    body: Body,
    until: Pin<Box<Sleep>>,
    over: bool,
}

impl Timed {
    pub(crate) fn new(body: Body, until: Instant) -> Self {
        Self { body, until: Box::pin(sleep_until(until)), over: false }
    }
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if self.until.as_mut().poll(cx).is_ready() {
            self.over = true;
            // What is under way for it ends with it.
            self.body = Body::empty();
            return Poll::Ready(Some(Ok(Frame::trailers(status::trailers(&exceeded())))));
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{of, parse};
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;
    use std::time::Duration;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, time) in [
            ("1H", Duration::from_secs(3600)),
            ("2M", Duration::from_secs(120)),
            ("3S", Duration::from_secs(3)),
            ("4m", Duration::from_millis(4)),
            ("5u", Duration::from_micros(5)),
            ("6n", Duration::from_nanos(6)),
            ("0S", Duration::ZERO),
            ("99999999H", Duration::from_secs(99_999_999 * 3600)),
        ] {
            assert_eq!(parse(text), Some(time), "{text}");
        }
        for bad in ["", "S", "1", "1s", "-1S", "+1S", "1.5S", "123456789S", "1 S", "1S ", "S1", "1\u{e9}"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn it_comes_once_or_not_at_all() {
        let mut headers = HeaderMap::new();
        assert!(of(&headers).unwrap().is_none());
        headers.append("grpc-timeout", HeaderValue::from_static("1S"));
        assert!(of(&headers).unwrap().is_some());
        headers.append("grpc-timeout", HeaderValue::from_static("1S"));
        assert!(of(&headers).is_err());
    }

    proptest! {
        #[test]
        fn any_time_is_read_or_refused(text in "[ -~]{0,12}|[0-9]{0,10}[A-Za-z]") {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-timeout"),
                HeaderValue::from_str(&text).unwrap(),
            )]);
            prop_assert_eq!(of(&headers).is_ok(), parse(&text).is_some());
        }
    }
}
