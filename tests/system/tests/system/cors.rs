//! What pages of other origins may do.

use hexad_system_tests::{Answer, Service, Suite};

const OURS: &str = "http://3.227.120.143:8080";

async fn preflight(service: &Service, path: &str, origin: &str) -> Answer {
    let call = service.call("OPTIONS", path).header("origin", origin);
    call.header("access-control-request-method", "POST").send().await
}

/// The CORS headers of an answer, but for `Vary`.
fn cors_of(answer: &Answer) -> Vec<&str> {
    answer
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("access-control"))
        .collect()
}

#[tokio::test]
async fn the_soap_services_allow_one_origin_and_the_others_none() {
    let suite = Suite::start().await;
    for (service, path, credentials) in
        [(&suite.user_soap, "/register", ""), (&suite.user_lookup, "/user/soap", "true")]
    {
        let allowed = preflight(service, path, OURS).await;
        assert_eq!((allowed.status, allowed.body.len()), (204, 0));
        assert_eq!(allowed.header("access-control-allow-methods"), "GET, POST");
        assert_eq!(allowed.header("access-control-allow-headers"), "Content-Type, SOAPAction");
        let plain = service.get("/readyz").header("origin", OURS).send().await;
        for answer in [&allowed, &plain] {
            assert_eq!(answer.header("access-control-allow-origin"), OURS);
            assert_eq!(answer.header("access-control-allow-credentials"), credentials);
            assert_eq!(answer.header("vary"), "Origin");
        }
        // Another port, another scheme, a longer name, no name: all are other origins.
        for other in
            ["http://3.227.120.143", "https://3.227.120.143:8080", "http://3.227.120.143:80800", "null", ""]
        {
            for answer in [
                preflight(service, path, other).await,
                service.get("/readyz").header("origin", other).send().await,
            ] {
                assert_eq!((cors_of(&answer), answer.header("vary")), (vec![], "Origin"), "{other}");
            }
        }
    }
    for (service, path) in [
        (&suite.auth, "/login"),
        (&suite.session, "/api/sessions"),
        (&suite.image, "/images"),
        (&suite.connected, "/last-connection"),
    ] {
        let answers = [
            preflight(service, path, OURS).await,
            service.get("/readyz").header("origin", OURS).send().await,
        ];
        assert!(answers.iter().all(|answer| cors_of(answer).is_empty()), "closed by default");
    }
}

#[tokio::test]
async fn the_list_is_a_setting_of_all_or_of_one() {
    let (a, b) = ("https://a.example", "http://b.example:3000");
    let suite = Suite::with(&[
        ("CORS_ALLOWED_ORIGINS", "https://a.example,http://b.example:3000"),
        ("IMAGE_CORS_ALLOWED_ORIGINS", "*"),
    ])
    .await;
    for (service, path, methods) in [
        (&suite.auth, "/login", "GET, POST"),
        (&suite.session, "/api/sessions", "GET, POST, PUT, DELETE"),
        (&suite.connected, "/last-connection", "GET"),
    ] {
        for origin in [a, b] {
            let answer = preflight(service, path, origin).await;
            assert_eq!(answer.status, 204);
            assert_eq!(answer.header("access-control-allow-origin"), origin);
            assert_eq!(answer.header("access-control-allow-methods"), methods);
            let headers = answer.header("access-control-allow-headers");
            assert_eq!(headers, "Authorization, Content-Type, If-Match, X-Device-Token");
            // What a page gets to see of an error, it gets of every answer.
            let refused = service.get("/no/such/route").header("origin", origin).send().await;
            let exposed = "ETag, Location, Retry-After, X-Request-Id";
            assert_eq!(refused.header("access-control-expose-headers"), exposed);
        }
        assert!(cors_of(&preflight(service, path, OURS).await).is_empty());
    }
    let star = preflight(&suite.image, "/images", "http://anywhere.example").await;
    assert_eq!(star.header("access-control-allow-origin"), "*");
    assert_eq!(star.header("access-control-allow-credentials"), "");
}
