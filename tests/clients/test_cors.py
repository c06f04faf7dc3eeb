"""Pages of other origins, as their browsers ask."""

import pytest

ALLOWED = "http://3.227.120.143:8080"
ELSEWHERE = "http://elsewhere.example"
EXPOSED = {"ETag", "Location", "Retry-After", "X-Request-Id"}


def preflight(http, service, route, origin, method="POST"):
    return http.options(
        service.at(route),
        headers={"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "x"},
    )


def words(header):
    return {word.strip() for word in header.split(",")}


def allow_headers(answer):
    return {name for name in answer.headers if name.lower().startswith("access-control-")}


@pytest.mark.parametrize(
    ("name", "route", "credentials"), [("user_lookup", "/user/soap", True), ("user_soap", "/register", False)]
)
def test_the_soap_services_allow_one_origin(hexad, http, name, route, credentials):
    service = getattr(hexad, name)
    answer = preflight(http, service, route, ALLOWED)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert ("Access-Control-Allow-Credentials" in answer.headers) == credentials
    assert {"GET", "POST"} & words(answer.headers["Access-Control-Allow-Methods"])
    assert words(answer.headers["Access-Control-Allow-Headers"]) >= {"Content-Type", "SOAPAction"}
    assert "Origin" in words(answer.headers["Vary"])

    for origin in (ELSEWHERE, "https://3.227.120.143:8080", ALLOWED + ".evil.example", "null"):
        answer = preflight(http, service, route, origin)
        assert answer.status_code == 204 and not allow_headers(answer)
        assert "Origin" in words(answer.headers["Vary"])


def test_lookup_allows_what_its_original_allowed_and_no_more(hexad, http):
    answer = preflight(http, hexad.user_lookup, "/user/soap", ALLOWED)
    assert words(answer.headers["Access-Control-Allow-Methods"]) == {"GET", "POST"}
    assert words(answer.headers["Access-Control-Allow-Headers"]) == {"Content-Type", "SOAPAction"}


def test_an_answer_with_an_error_is_readable_for_the_page_too(hexad, http):
    answer = http.get(hexad.user_lookup.at("/user/soap"), headers={"Origin": ALLOWED})
    assert answer.status_code == 400
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert words(answer.headers["Access-Control-Expose-Headers"]) == EXPOSED


@pytest.mark.parametrize(
    ("name", "route"),
    [("auth", "/login"), ("session", "/api/sessions"), ("image", "/images"), ("connected", "/last-connection")],
)
def test_the_rest_services_are_closed_by_default(hexad, http, name, route):
    service = getattr(hexad, name)
    for answer in (
        preflight(http, service, route, ALLOWED),
        http.get(service.at("/livez"), headers={"Origin": ALLOWED}),
    ):
        assert not allow_headers(answer)


def test_a_list_of_origins(programs, hexad, http):
    session = programs.service("session", CORS_ALLOWED_ORIGINS=f"https://a.example, {ELSEWHERE}")
    answer = preflight(http, session, "/api/sessions/x", ELSEWHERE, "PUT")
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ELSEWHERE
    assert words(answer.headers["Access-Control-Allow-Methods"]) >= {"GET", "POST", "PUT", "DELETE"}
    wanted = {"Authorization", "Content-Type", "If-Match", "X-Device-Token"}
    assert words(answer.headers["Access-Control-Allow-Headers"]) == wanted
    assert not allow_headers(preflight(http, session, "/api/sessions/x", ALLOWED, "PUT"))
    refused = http.get(session.at("/api/sessions/x"), headers={"Origin": ELSEWHERE})
    assert refused.status_code == 403
    assert words(refused.headers["Access-Control-Expose-Headers"]) == EXPOSED
    assert "Origin" in words(http.get(session.at("/livez")).headers["Vary"]), "also where no origin asks"


def test_the_star_never_comes_with_credentials(programs, hexad, http):
    lookup = programs.service("user_lookup", CORS_ALLOWED_ORIGINS="*")
    answer = preflight(http, lookup, "/user/soap", ELSEWHERE)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
