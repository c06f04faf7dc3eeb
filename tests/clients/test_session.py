"""A user's own session: opened, read, changed, ended. The tokens are those of the originals, made with PyJWT."""

import re
import uuid
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from journey import tokens
from journey.people import bearer
from journey.problems import is_problem

TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")


@pytest.fixture
def owner(hexad, http):
    """Somebody with a token and without a session."""
    user_id = str(uuid.uuid4())
    auth = bearer(tokens.token(user_id=user_id, username="grace"))

    def call(method, path="", token=auth, **rest):
        return http.request(
            method, hexad.session.at(f"/api/sessions{path}"), headers={**token, **rest.pop("headers", {})}, **rest
        )

    return SimpleNamespace(id=user_id, auth=auth, path=f"/{user_id}", call=call)


def test_a_session_is_opened_read_changed_and_ended(owner):
    opened = owner.call("POST", json={"data": {"theme": "dark", "text": "hello"}})
    assert opened.status_code == 201
    assert opened.json()["message"] == "Session created"
    session = opened.json()["session"]
    assert set(session) == {"_id", "userId", "data", "createdAt", "updatedAt", "connectedAt"}
    assert session["userId"] == owner.id
    assert session["data"] == {"theme": "dark", "text": "hello"}
    assert all(TIME.fullmatch(session[name]) for name in ("createdAt", "updatedAt", "connectedAt"))

    read = owner.call("GET", owner.path)
    assert (read.status_code, read.json()) == (200, session)
    assert read.headers["ETag"]

    changed = owner.call("PUT", owner.path, json={"data": {"text": "bye"}})
    assert (changed.status_code, changed.json()["message"]) == (200, "Session updated")
    after = changed.json()["session"]
    assert after["data"] == {"theme": "dark", "text": "bye"}
    assert after["updatedAt"] > session["updatedAt"]
    assert (after["connectedAt"], after["createdAt"]) == (session["connectedAt"], session["createdAt"])
    assert owner.call("GET", owner.path).json() == after, "what was answered is what is stored"

    ended = owner.call("DELETE", owner.path)
    assert (ended.status_code, ended.json()) == (200, {"message": "Session deleted"})


def test_opening_again_replaces_the_data_and_moves_the_connection(owner):
    first = owner.call("POST", json={"data": {"a": 1, "b": {"c": 2}}}).json()["session"]
    again = owner.call("POST", json={"data": {"d": 3}})
    assert (again.status_code, again.json()["message"]) == (200, "Session updated")
    session = again.json()["session"]
    assert session["data"] == {"d": 3}
    assert session["_id"] == first["_id"] and session["createdAt"] == first["createdAt"]
    assert session["connectedAt"] > first["connectedAt"]


@pytest.mark.parametrize("body", [None, {}, {"data": None}])
def test_data_may_be_left_out_of_an_opening(owner, body):
    opened = owner.call("POST", json=body)
    assert (opened.status_code, opened.json()["session"]["data"]) == (201, {})
    owner.call("PUT", owner.path, json={"data": {"kept": True}})
    again = owner.call("POST", json=body)
    assert (again.status_code, again.json()["session"]["data"]) == (200, {"kept": True})


def test_a_change_is_a_merge_patch(owner):
    owner.call("POST", json={"data": {"a": "b", "c": {"d": "e", "f": "g"}, "list": [1, 2]}})
    patch = {"a": "z", "c": {"f": None, "<&>": "]]>"}, "list": [3], "n": {"x": None}, "名": "🔑"}
    merged = owner.call("PUT", owner.path, json={"data": patch}).json()["session"]["data"]
    assert merged == {"a": "z", "c": {"d": "e", "<&>": "]]>"}, "list": [3], "n": {}, "名": "🔑"}


@pytest.mark.parametrize("data", ["text", 7, [], True])
def test_data_must_be_an_object(owner, data):
    is_problem(owner.call("POST", json={"data": data}), 400, "invalid_field", "message")
    is_problem(owner.call("GET", owner.path), 404, "session_not_found", "message")
    owner.call("POST")
    is_problem(owner.call("PUT", owner.path, json={"data": data}), 400, "invalid_field", "message")


def test_a_change_needs_data(owner):
    owner.call("POST", json={"data": {"a": 1}})
    for body in (None, {}, {"data": None}):
        is_problem(owner.call("PUT", owner.path, json=body), 400, "missing_field", "message")
    assert owner.call("GET", owner.path).json()["data"] == {"a": 1}


def nested(levels):
    """A data object that is so many levels deep, itself included."""
    data = {}
    for _ in range(levels - 1):
        data = {"d": data}
    return data


def test_the_bounds_of_the_data(owner):
    room = 256 * 1024 - len('{"d":""}')
    for method, path in (("POST", ""), ("PUT", owner.path)):
        assert owner.call(method, path, json={"data": {"d": "x" * room}}).ok
        is_problem(owner.call(method, path, json={"data": {"d": "x" * (room + 1)}}), 413, "too_large", "message")
        assert owner.call(method, path, json={"data": {"d": "ñ" * (room // 2)}}).ok, "counted as UTF-8"
        assert owner.call(method, path, json={"data": nested(32)}).ok
        is_problem(owner.call(method, path, json={"data": nested(33)}), 400, "invalid_field", "message")
        for data in ({"d": "a\0b"}, {"a\0b": 1}):
            is_problem(owner.call(method, path, json={"data": data}), 400, "invalid_field", "message")


def test_bad_bodies(owner):
    json = {"Content-Type": "application/json"}
    for method, path in (("POST", ""), ("PUT", owner.path)):
        for body in (b"{", b"[]", b'{"data":{"a":1,"a":2}}'):
            is_problem(owner.call(method, path, data=body, headers=json), 400, "malformed", "message")
        answer = owner.call(method, path, data={"data": "x"})
        is_problem(answer, 415, "unsupported_media_type", "message")
    is_problem(owner.call("GET", owner.path), 404, "session_not_found", "message")


def test_where_there_is_no_session(owner):
    for method in ("GET", "PUT", "DELETE"):
        body = {"data": {}} if method == "PUT" else None
        answer = owner.call(method, owner.path, json=body)
        is_problem(answer, 404, "session_not_found", "message", "Session not found")


def test_a_token_reaches_its_own_users_session_alone(owner):
    owner.call("POST", json={"data": {"mine": True}})
    other = bearer(tokens.token())
    for method in ("GET", "PUT", "DELETE"):
        body = {"data": {"mine": False}} if method == "PUT" else None
        is_problem(owner.call(method, owner.path, token=other, json=body), 403, "forbidden", "message")
        is_problem(owner.call(method, "/somebody-else", json=body), 403, "forbidden", "message")
    assert owner.call("GET", owner.path).json()["data"] == {"mine": True}


EVERY_ROUTE = [
    ("GET", "/last-connection"),
    ("POST", "/api/sessions"),
    ("GET", "/api/sessions/x"),
    ("PUT", "/api/sessions/x"),
    ("DELETE", "/api/sessions/x"),
    ("GET", "/api/sessions/verify"),
]


@pytest.mark.parametrize(("method", "path"), EVERY_ROUTE)
def test_every_route_needs_a_good_token(hexad, http, method, path):
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}):
        answer = http.request(method, hexad.session.at(path), headers=headers)
        is_problem(answer, 403, "token_missing", "message", "No token provided")
    for token, reason in tokens.bad_tokens().values():
        answer = http.request(method, hexad.session.at(path), headers=bearer(token))
        is_problem(answer, 401, reason, "message", "Invalid or expired token")


def test_verify(hexad, owner):
    exp = tokens.claims()["exp"]
    token = bearer(tokens.token(user_id=owner.id, username="grace", exp=exp))
    answer = owner.call("GET", "/verify", token=token)
    assert answer.status_code == 200
    user = {"user_id": owner.id, "username": "grace", "exp": exp}
    assert answer.json() == {"message": "Session is valid", "user": user}


def test_the_last_connection_of_the_caller(hexad, http, owner):
    def ask(**parameters):
        return http.get(hexad.session.at("/last-connection"), headers=owner.auth, params=parameters)

    is_problem(ask(), 404, "session_not_found", "message", "Session not found")
    session = owner.call("POST").json()["session"]
    answer = ask()
    assert answer.status_code == 200
    assert answer.json() == {
        "userId": owner.id,
        "lastConnection": "a few seconds ago",
        "at": session["connectedAt"],
    }
    assert ask(username="grace").json() == answer.json()
    is_problem(ask(username="somebody"), 403, "forbidden", "message")


def test_if_match(owner):
    owner.call("POST", json={"data": {"n": 0}})
    first = owner.call("GET", owner.path).headers["ETag"]

    def put(n, condition):
        return owner.call("PUT", owner.path, json={"data": {"n": n}}, headers={"If-Match": condition})

    second = put(1, first)
    assert second.status_code == 200
    is_problem(put(2, first), 412, "precondition_failed", "message")
    tag = owner.call("GET", owner.path).headers["ETag"]
    assert tag != first
    is_problem(put(2, f"W/{tag}"), 412, "precondition_failed", "message")
    assert put(2, f'"other", {tag}').status_code == 200
    assert put(3, "*").status_code == 200
    stale = owner.call("DELETE", owner.path, headers={"If-Match": tag})
    is_problem(stale, 412, "precondition_failed", "message")
    assert owner.call("GET", owner.path).json()["data"] == {"n": 3}
    current = owner.call("GET", owner.path).headers["ETag"]
    assert owner.call("DELETE", owner.path, headers={"If-Match": current}).status_code == 200


def test_an_end_revokes_the_tokens_of_before(hexad, http, owner):
    owner.call("POST")
    assert owner.call("DELETE", owner.path).status_code == 200
    for method, path in EVERY_ROUTE:
        answer = http.request(method, hexad.session.at(path), headers=owner.auth)
        is_problem(answer, 401, "token_invalid", "message", "Invalid or expired token")
    # A token of the originals tells no time of issue but by its exp: this one was issued an hour from now.
    later = bearer(tokens.token(user_id=owner.id, exp=tokens.claims()["exp"] + 3600))
    is_problem(owner.call("GET", owner.path, token=later), 404, "session_not_found", "message")
    again = owner.call("POST", token=later)
    assert (again.status_code, again.json()["session"]["data"]) == (201, {})


@pytest.mark.parametrize("user_id", ["42", "Ünï cödé", "a/b?c#d", "65b2f1c09d1e8a3f4c5d6e7f", "x" * 200])
def test_ids_that_an_adopted_table_may_hold(owner, user_id):
    unique = f"{user_id}{owner.id}"
    token, path = bearer(tokens.token(user_id=unique)), f"/{quote(unique, safe='')}"
    assert owner.call("POST", token=token).json()["session"]["userId"] == unique
    assert owner.call("PUT", path, token=token, json={"data": {"a": 1}}).json()["session"]["data"] == {"a": 1}
    assert owner.call("DELETE", path, token=token).status_code == 200
