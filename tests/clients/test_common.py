"""What all six services have in common."""

import http.client
import re

import httpx
import pytest
import requests

from journey import raw
from journey.problems import is_problem
from journey.programs import SERVICES

COMPAT = {"auth": "message", "session": "message", "image": "error", "connected": "error"}
# Each service with a route of its own, a method that the route does not take, and what it does take.
ROUTES = {
    "auth": ("/login", "GET", {"POST"}),
    "user_soap": ("/register", "DELETE", {"POST"}),
    "session": ("/api/sessions", "DELETE", {"POST"}),
    "image": ("/upload_image", "GET", {"POST"}),
    "user_lookup": ("/user/soap", "DELETE", {"GET", "HEAD", "POST"}),
    "connected": ("/last-connection", "POST", {"GET", "HEAD"}),
}
TEXT_HEALTH = {"user_soap": "Service is healthy", "user_lookup": "OK"}

every_service = pytest.mark.parametrize("name", SERVICES)


@pytest.fixture
def service(hexad, name):
    return getattr(hexad, name)


@every_service
def test_health(service, name, http):
    routes = [SERVICES[name][1], "/readyz"]
    routes += {"session": ["/session/health"], "image": ["/profile-image/health"]}.get(name, [])
    for route in routes:
        answer = http.get(service.at(route))
        assert answer.status_code == 200, route
        if name in TEXT_HEALTH and route != "/readyz":
            assert answer.headers["Content-Type"].startswith("text/plain")
            assert answer.text == TEXT_HEALTH[name]
        elif name not in TEXT_HEALTH:
            assert answer.headers["Content-Type"] == "application/json"
            assert answer.json() == {"status": "healthy"}, "no broker is configured, so none is told of"
    assert http.get(service.at("/livez")).status_code == 200


@every_service
def test_an_unknown_route_is_a_problem(service, name, http):
    for method in ("GET", "POST", "DELETE"):
        is_problem(http.request(method, service.at("/no/such/route")), 404, "not_found", COMPAT.get(name))


@every_service
def test_another_method_is_a_problem_that_names_the_right_ones(service, name, http):
    route, method, allowed = ROUTES[name]
    answer = http.request(method, service.at(route))
    is_problem(answer, 405, "method_not_allowed", COMPAT.get(name))
    assert set(re.split(r",\s*", answer.headers["Allow"])) == allowed


@every_service
def test_a_request_id_is_taken_over_or_made(service, name, http):
    longest = "x" * 128
    for given in ("a-1_B.c", longest):
        for route in ("/livez", "/no/such/route"):
            assert http.get(service.at(route), headers={"X-Request-Id": given}).headers["X-Request-Id"] == given
    for given in (None, "with space", "<script>", longest + "x"):
        headers = {} if given is None else {"X-Request-Id": given}
        ids = {http.get(service.at("/livez"), headers=headers).headers["X-Request-Id"] for _ in range(2)}
        assert len(ids) == 2 and given not in ids
        assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,128}", made) for made in ids)


@every_service
def test_a_request_id_is_in_the_log(service, name, http):
    http.get(service.at("/no/such/route"), headers={"X-Request-Id": "look-for-me-in-the-log"})
    assert "look-for-me-in-the-log" in service.log.read_text()


@every_service
def test_http_2_by_prior_knowledge_on_the_same_port(service, name):
    with httpx.Client(http1=False, http2=True) as client:
        answer = client.get(service.at(SERVICES[name][1]))
        assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)
        assert client.get(service.at("/no/such/route")).status_code == 404


@every_service
def test_one_connection_serves_request_after_request_errors_included(service, name):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    connection.connect()
    socket = connection.sock
    requests_of_all_kinds = [
        ("GET", "/livez"),
        ("POST", "/no/such/route"),
        ("PATCH", ROUTES[name][0]),
        ("GET", "/readyz"),
    ]
    for method, path in requests_of_all_kinds:
        connection.request(method, path, body=b"x" * 1000 if method == "POST" else None)
        connection.getresponse().read()
        assert connection.sock is socket, (method, path)
    connection.close()


@every_service
def test_head_is_get_without_the_body(service, name, http):
    route = SERVICES[name][1]
    head, get = http.head(service.at(route)), http.get(service.at(route))
    assert head.status_code == 200 and head.content == b""
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


@every_service
def test_a_path_that_does_not_decode_is_malformed(service):
    for path in ("/%", "/%zz", "/%ff/x"):
        assert raw.get(service, path).status_code == 400, path


@every_service
def test_headers_over_the_bound_are_refused(service, name, http):
    answer = http.get(service.at("/livez"), headers={"X-Long": "x" * 70_000})
    assert 400 <= answer.status_code < 500
    assert requests.get(service.at("/livez"), timeout=5).status_code == 200
