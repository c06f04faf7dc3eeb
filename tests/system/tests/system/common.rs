//! What all six services have in common.

use hexad_system_tests::{PROGRAMS, Suite, raw};
use http::Version;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn health_asks_the_stores_and_livez_does_not() {
    let suite = Suite::start().await;
    for ((service, at), (_, _, own)) in suite.all().into_iter().zip(PROGRAMS) {
        let more: &[&str] = match service {
            "session" => &["/session/health"],
            "image" => &["/profile-image/health"],
            _ => &[],
        };
        for route in [own, "/readyz"].iter().chain(more) {
            let answer = at.get(route).send().await;
            let text = match service {
                "user-soap" if *route == own => Some("Service is healthy"),
                "user-lookup" if *route == own => Some("OK"),
                _ => None,
            };
            match text {
                Some(text) => {
                    assert_eq!((answer.status, answer.text().as_str()), (200, text), "{service}{route}");
                    assert!(answer.header("content-type").starts_with("text/plain"));
                }
                // There is no broker, so none is told of.
                None => assert_eq!(answer.ok(200), json!({"status": "healthy"}), "{service}{route}"),
            }
        }
    }
    // Without its folder there is no image store; without its file the others still have it open.
    std::fs::remove_dir_all(suite.data_dir().join("images")).unwrap();
    for route in ["/health", "/profile-image/health", "/readyz"] {
        let unhealthy = suite.image.get(route).send().await.ok(503);
        assert_eq!(unhealthy["status"], "unhealthy");
        assert_eq!(unhealthy["missing"], json!(["images"]), "and no problem document");
    }
    assert_eq!(suite.image.get("/livez").send().await.status, 200);
}

#[tokio::test]
async fn unknown_routes_and_those_of_later_versions_are_not_found() {
    let suite = Suite::start().await;
    for (_, service) in suite.all() {
        for path in ["/", "/no/such/route", "/metrics", "/livez/", "//livez"] {
            for method in ["GET", "POST", "PUT", "DELETE", "HEAD"] {
                let answer = service.call(method, path).send().await;
                assert_eq!(answer.status, 404, "{method} {path}");
                if method != "HEAD" {
                    answer.problem(404, "not_found");
                }
            }
        }
    }
    for path in ["/password", "/password/reset"] {
        let body = json!({"current_password": "a", "new_password": "b", "code": "c"});
        suite.auth.post(path).json(&body).send().await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn another_method_is_refused_with_those_that_are_allowed() {
    let suite = Suite::start().await;
    let [auth, user_soap, session, image, user_lookup, connected] = suite.all().map(|(_, service)| service);
    for (service, method, path, allowed) in [
        (auth, "GET", "/login", "POST"),
        (auth, "POST", "/profile", "GET HEAD"),
        (auth, "POST", "/test-db", "GET HEAD"),
        (auth, "POST", "/test-event", "GET HEAD"),
        (auth, "POST", "/auth/health", "GET HEAD"),
        (user_soap, "GET", "/register", "POST"),
        (user_soap, "DELETE", "/register?wsdl", "GET HEAD POST"),
        (user_soap, "PUT", "/register", "POST"),
        (session, "GET", "/api/sessions", "POST"),
        (session, "POST", "/api/sessions/x", "DELETE GET HEAD PUT"),
        (session, "PATCH", "/api/sessions/x", "DELETE GET HEAD PUT"),
        (session, "DELETE", "/api/sessions/verify", "GET HEAD"),
        (session, "POST", "/last-connection", "GET HEAD"),
        (image, "GET", "/upload_image", "POST"),
        (image, "POST", "/list_images", "GET HEAD"),
        (image, "DELETE", "/images", "GET HEAD POST"),
        (image, "DELETE", "/images/x.png", "GET HEAD PUT"),
        (user_lookup, "DELETE", "/user/soap", "GET HEAD POST"),
        (connected, "POST", "/last-connection", "GET HEAD"),
        (connected, "OPTIONS", "/last-connection", "GET HEAD"),
    ] {
        let answer = service.call(method, path).send().await;
        answer.problem(405, "method_not_allowed");
        let given: BTreeSet<_> = answer.header("allow").split(',').map(str::trim).collect();
        assert_eq!(given, allowed.split(' ').collect(), "{method} {path}");
    }
}

#[tokio::test]
async fn a_request_id_is_taken_over_or_made() {
    let suite = Suite::start().await;
    let longest = "x".repeat(128);
    for (_, service) in suite.all() {
        for path in ["/livez", "/no/such/route"] {
            for good in ["a-1_B.c", &longest] {
                let answer = service.get(path).header("x-request-id", good).send().await;
                assert_eq!(answer.header("x-request-id"), good);
            }
            let mut made = BTreeSet::new();
            for bad in ["", "with space", "<script>", "é", &format!("{longest}x")] {
                let answer = service.get(path).header("x-request-id", bad).send().await;
                made.insert(answer.header("x-request-id").to_owned());
            }
            assert_eq!(made.len(), 5, "each is another");
            let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            assert!(
                made.iter().all(|id| !id.is_empty() && id.len() <= 128 && id.chars().all(allowed)),
                "{made:?}"
            );
        }
    }
}

#[tokio::test]
async fn http_2_is_spoken_on_the_same_port() {
    let suite = Suite::start().await;
    for (_, service) in suite.all() {
        let service = service.by_http2();
        let answer = service.get("/readyz").send().await;
        assert_eq!((answer.version, answer.status), (Version::HTTP_2, 200));
        service.get("/no/such/route").send().await.problem(404, "not_found");
    }
    suite.auth.by_http2().post("/login").json(&json!({})).send().await.problem(400, "missing_field");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let suite = Suite::start().await;
    for ((_, service), (_, _, route)) in suite.all().into_iter().zip(PROGRAMS) {
        let (get, head) = (service.get(route).send().await, service.call("HEAD", route).send().await);
        assert_eq!((head.status, head.body.len()), (200, 0));
        for header in ["content-type", "content-length"] {
            assert_eq!(head.header(header), get.header(header));
        }
    }
}

#[tokio::test]
async fn a_path_that_does_not_decode_is_malformed() {
    let suite = Suite::start().await;
    for (name, service) in suite.all() {
        for path in ["/%zz", "/%ff/x", "/a%"] {
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            let answer = raw(service, request.as_bytes()).await;
            assert!(
                answer.starts_with("HTTP/1.1 400 ") && answer.contains("malformed"),
                "{name} {path}: {answer}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_no_http_or_too_much_of_it_is_refused_and_the_service_goes_on() {
    let suite = Suite::start().await;
    let long = format!("GET /livez HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "x".repeat(70_000));
    let many: String = (0..600).map(|n| format!("x-{n}: {n}\r\n")).collect();
    let many = format!("GET /livez HTTP/1.1\r\nhost: x\r\n{many}\r\n");
    for (name, service) in suite.all() {
        for (what, request, status) in [
            ("long headers", long.as_bytes(), "431"),
            ("many headers", many.as_bytes(), "431"),
            ("no HTTP", b"hello there, this is no request\r\n\r\n".as_slice(), "400"),
            ("a bad header", b"GET /livez HTTP/1.1\r\nhost x\r\n\r\n", "400"),
            (
                "two lengths",
                b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
                "400",
            ),
        ] {
            let answer = raw(service, request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{name}, {what}: {answer}");
        }
        assert_eq!(service.get("/livez").send().await.status, 200);
    }
}
