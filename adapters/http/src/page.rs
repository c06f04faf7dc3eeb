//! Pages for people, each whole in itself: nothing is fetched from elsewhere, and nothing runs.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Light or dark as the reader has it, and narrow enough to be read on a telephone.
const STYLE: &str = include_str!("page.css");

/// Whatever stands in a page, it can load nothing and run nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// A page with that title and that body, whose text is escaped.
#[must_use]
pub fn render(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    }
    .into_string()
}

/// A page as an answer.
pub fn response(page: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, page).into_response()
}

#[cfg(test)]
mod tests {
    use super::render;
    use maud::html;

    #[test]
    fn text_is_escaped_wherever_it_stands() {
        let page = render("<script>", &html! { p { "<b>&" } });
        assert!(
            page.contains("<title>&lt;script&gt;</title>") && page.contains("<p>&lt;b&gt;&amp;</p>"),
            "{page}"
        );
    }
}
