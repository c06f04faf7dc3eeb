//! Requests that nobody thought of: good ones, changed at random. Whatever they come to, it is an answer that the
//! contract has: the client holds every one to be no `internal` error.

use fastrand::Rng;
use hexad_system_tests::{Person, SOAP_1_1, SOAP_1_2, Service, Suite, form, get_user, picture, token};
use serde_json::json;

/// How many requests each service is sent.
const REQUESTS: usize = 250;

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];

/// What is put into bodies, paths and headers, besides what is there already.
const PIECES: [&[u8]; 20] = [
    b"\0",
    b"\xff",
    b"%00",
    b"%ff",
    b"..",
    b"/",
    b"\"",
    b"'",
    b"<",
    b"]]>",
    b"&#x0;",
    b"&lt;",
    b"{",
    b"[",
    b"null",
    b"1e999",
    b"-1",
    b"\\u0000",
    b"\r\n--",
    b"\xf0\x9f\x94\x91",
];

/// Bytes with a few of them taken out, said twice, or replaced.
fn changed(choice: &mut Rng, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..choice.usize(0..4) {
        let from = choice.usize(0..=bytes.len());
        let to = choice.usize(from..=bytes.len().min(from + 20));
        match choice.u8(0..4) {
            0 => drop(bytes.drain(from..to)),
            1 => bytes.truncate(from),
            2 => {
                let again = bytes[from..to].to_vec();
                bytes.splice(from..from, again);
            }
            _ => drop(bytes.splice(from..to, PIECES[choice.usize(0..PIECES.len())].iter().copied())),
        }
    }
    bytes
}

/// Something that a URL may have: a good path, changed, with whatever is not allowed there escaped.
fn path(choice: &mut Rng, good: &str) -> String {
    let bytes = if choice.bool() { changed(choice, good.as_bytes()) } else { good.as_bytes().to_vec() };
    let escaped = bytes.iter().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'?' | b'=' | b'&' | b'%' => {
            char::from(*byte).to_string()
        }
        other => format!("%{other:02x}"),
    });
    format!("/{}", escaped.collect::<String>().trim_start_matches('/'))
}

async fn send_many(
    service: &Service,
    name: &str,
    choice: &mut Rng,
    paths: &[&str],
    bodies: &[(String, Vec<u8>)],
) {
    let good = token::sign(token::KEY, &token::claims("7", "grace"));
    for _ in 0..REQUESTS {
        let method = METHODS[choice.usize(0..METHODS.len())];
        let known = paths[choice.usize(0..paths.len())];
        let target = path(choice, known);
        let mut call = service.call(method, &target);
        if choice.u8(0..4) > 0 {
            call = call.bearer(&good);
        }
        for condition in ["if-match", "if-none-match", "if-range", "if-modified-since", "if-unmodified-since"]
        {
            if choice.u8(0..4) == 0 {
                let date = "Sun, 22 Nov 2026 18:56:53 GMT";
                call = call.header(condition, ["*", "\"1\"", "W/\"1\"", "x", date][choice.usize(0..5)]);
            }
        }
        if choice.bool() {
            call = call
                .header("range", ["bytes=1-5", "bytes=9-", "bytes=-0", "bytes=,", "x"][choice.usize(0..5)]);
        }
        if choice.u8(0..4) > 0 {
            let (content_type, body) = &bodies[choice.usize(0..bodies.len())];
            call = call.body(content_type, changed(choice, body));
        }
        let answer = call.send().await;
        assert_ne!(answer.status, 503, "{name}: {method} {target}: {}", answer.text());
    }
    assert_eq!(service.get("/livez").send().await.status, 200);
}

#[tokio::test]
async fn whatever_is_asked_is_answered_by_the_contract() {
    let suite = Suite::start().await;
    let seed = fastrand::u64(..1_000_000);
    // Shown where the test fails.
    println!("seed {seed}");
    let choice = &mut Rng::with_seed(seed);
    let json = |body: serde_json::Value| ("application/json".to_owned(), body.to_string().into_bytes());
    let xml = |content_type: &str, body: String| (content_type.to_owned(), body.into_bytes());

    let login = [json(json!({"username": "ada", "password": "difference engine"}))];
    let paths = ["/login", "/profile", "/test-db", "/test-event", "/auth/health", "/readyz"];
    send_many(&suite.auth, "auth", choice, &paths, &login).await;

    let sessions =
        [json(json!({"data": {"a": {"b": [1, null, "x"]}}})), json(json!({"data": null})), json(json!({}))];
    let paths =
        ["/api/sessions", "/api/sessions/7", "/api/sessions/verify", "/last-connection?username=grace"];
    send_many(&suite.session, "session", choice, &paths, &sessions).await;

    let envelopes = [
        xml("text/xml", Person::new().envelope(SOAP_1_1)),
        xml("application/soap+xml; charset=utf-8", Person::new().envelope(SOAP_1_2)),
    ];
    send_many(&suite.user_soap, "user-soap", choice, &["/register", "/user-soap/health"], &envelopes).await;

    let lookups =
        [xml("text/xml", get_user(SOAP_1_1, "ada")), xml("application/soap+xml", get_user(SOAP_1_2, "ada"))];
    let paths = ["/user/soap?username=ada", "/user/soap", "/user-search/health"];
    send_many(&suite.user_lookup, "user-lookup", choice, &paths, &lookups).await;

    let forms = [
        form("file", "a.png", &picture("")),
        form("file", "../b c.jpg", b"GIF89a"),
        ("image/png".to_owned(), picture("")),
    ];
    let paths =
        ["/images", "/images?limit=3&cursor=YQ", "/upload_image", "/list_images?limit=9", "/images/a.png"];
    send_many(&suite.image, "image", choice, &paths, &forms).await;

    send_many(&suite.connected, "connected", choice, &["/last-connection?username=ada"], &login).await;
}
