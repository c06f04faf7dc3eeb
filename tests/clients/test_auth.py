"""Logging in, the profile, and what a token must be."""

import json
import time
import uuid
from datetime import datetime, timedelta, timezone

import jwt
import pytest

from journey import people, raw, tokens
from journey.people import bearer
from journey.problems import fields_of, is_problem


def test_a_login_gives_a_token_that_any_jwt_library_reads(hexad, user):
    before = int(time.time())
    answer = people.log_in(hexad.auth, user.person.username, user.person.password)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert jwt.get_unverified_header(body["token"])["alg"] == "HS256"
    claims = jwt.decode(body["token"], tokens.KEY, algorithms=["HS256"], issuer="hexad")
    assert (claims["user_id"], claims["sub"], claims["username"]) == (user.id, user.id, user.person.username)
    assert claims["exp"] - claims["iat"] == 3600
    assert before <= claims["iat"] <= time.time()
    assert uuid.UUID(claims["jti"]).version == 7


def test_two_logins_at_once_give_two_tokens(hexad, user):
    person = user.person
    first, second = (people.log_in(hexad.auth, person.username, person.password).json()["token"] for _ in range(2))
    assert first != second


def test_an_email_logs_in_too(hexad, user):
    token = people.log_in(hexad.auth, user.person.email, user.person.password).json()["token"]
    assert jwt.decode(token, tokens.KEY, algorithms=["HS256"])["user_id"] == user.id


def test_names_passwords_and_addresses_are_compared_exactly(hexad, user):
    person = user.person
    attempts = [
        (person.username.upper(), person.password),
        (person.email.upper(), person.password),
        (f" {person.username}", person.password),
        (person.username, person.password + " "),
        (person.username, person.password.upper()),
        (person.username, "wrong"),
        ("nobody", person.password),
        ("名無し", "пароль 🔑"),
        ("a\0b", "c\0d"),
        ("", ""),
        ("' OR 1=1 --", "' OR 1=1 --"),
    ]
    answers = [people.log_in(hexad.auth, *attempt) for attempt in attempts]
    texts = set()
    for answer in answers:
        is_problem(answer, 401, "invalid_credentials", "message", "Invalid credentials")
        texts.add(answer.text)
    assert len(texts) == 1, "nothing tells a wrong name from a wrong password"


def test_any_unicode_is_a_password_and_no_part_of_it_is_lost(hexad):
    for password in ("пароль с пробелами 🔑", " starts and ends with space ", "<b>&amp;]]>\"'", "ñ" * 512):
        person = people.somebody(password=password)
        people.register(hexad.user_soap, person)
        assert people.log_in(hexad.auth, person.username, password).status_code == 200, password
        assert people.log_in(hexad.auth, person.username, password.strip()[:-1]).status_code == 401


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"username": "missing_field", "password": "missing_field"}),
        ({"username": "ada"}, {"password": "missing_field"}),
        ({"password": "x"}, {"username": "missing_field"}),
        ({"username": None, "password": "x"}, {"username": "missing_field"}),
        ({"username": 7, "password": ["x"]}, {"username": "invalid_field", "password": "invalid_field"}),
        ({"username": {"$ne": None}, "password": True}, {"username": "invalid_field", "password": "invalid_field"}),
    ],
)
def test_every_wrong_field_is_named(hexad, http, body, fields):
    answer = http.post(hexad.auth.at("/login"), json=body)
    outer = "missing_field" if "missing_field" in fields.values() else "invalid_field"
    assert fields_of(is_problem(answer, 400, outer, "message")) == fields


def test_no_body_counts_as_an_empty_object(hexad, http):
    is_problem(http.post(hexad.auth.at("/login")), 400, "missing_field", "message")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"null", b"{} {}", b'{"username":"\xff"}', b"[" * 100_000])
def test_what_is_no_json_object_is_malformed(hexad, http, body):
    answer = http.post(hexad.auth.at("/login"), data=body, headers={"Content-Type": "application/json"})
    is_problem(answer, 400, "malformed", "message")


def test_every_kind_of_json_passes(hexad, http, user):
    body = json.dumps({"username": user.person.username, "password": user.person.password})
    for content_type in ("application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"):
        assert http.post(hexad.auth.at("/login"), data=body, headers={"Content-Type": content_type}).ok


def test_another_content_type_is_refused(hexad, http, user):
    login = {"username": user.person.username, "password": user.person.password}
    is_problem(http.post(hexad.auth.at("/login"), data=login), 415, "unsupported_media_type", "message")
    is_problem(http.post(hexad.auth.at("/login"), data=b"{}"), 415, "unsupported_media_type", "message")
    xml = {"Content-Type": "text/xml"}
    is_problem(http.post(hexad.auth.at("/login"), data=b"<a/>", headers=xml), 415, "unsupported_media_type", "message")


def test_a_body_over_1_mib_is_too_large_however_it_is_sent(hexad, http):
    large = b'{"username":"' + b"a" * (1024 * 1024) + b'","password":"x"}'
    headers = {"Content-Type": "application/json"}
    is_problem(http.post(hexad.auth.at("/login"), data=large, headers=headers), 413, "too_large", "message")
    chunked = http.post(hexad.auth.at("/login"), data=iter([large[:500_000], large[500_000:]]), headers=headers)
    is_problem(chunked, 413, "too_large", "message")


def test_the_profile(hexad, http, user):
    expected = {"username": user.person.username, "email": user.person.email, "user_id": user.id}
    for scheme in ("Bearer", "bearer", "BEARER"):
        answer = http.get(hexad.auth.at("/profile"), headers={"Authorization": f"{scheme} {user.token}"})
        assert (answer.status_code, answer.json()) == (200, expected)


def test_what_is_no_bearer_token_is_as_none(hexad, http, user):
    for header in (None, "", "Bearer", "Bearer ", "Basic YTpi", f"Token {user.token}", user.token):
        headers = {} if header is None else {"Authorization": header}
        answer = http.get(hexad.auth.at("/profile"), headers=headers)
        is_problem(answer, 403, "token_missing", "message", "Token is missing")


def test_two_authorization_headers_are_malformed(hexad, user):
    answer = raw.get(hexad.auth, "/profile", [("Authorization", f"Bearer {user.token}")] * 2)
    is_problem(answer, 400, "malformed", "message")


@pytest.mark.parametrize("name", tokens.bad_tokens())
def test_a_bad_token_is_refused(hexad, http, name):
    token, reason = tokens.bad_tokens()[name]
    text = {"token_expired": "Token expired", "token_invalid": "Invalid token"}[reason]
    answer = http.get(hexad.auth.at("/profile"), headers=bearer(token))
    is_problem(answer, 401, reason, "message", text)


def test_tokens_of_the_originals_pass(hexad, http, user):
    for key in (tokens.KEY, tokens.PREVIOUS_KEY):
        token = tokens.token(key, user_id=user.id, username=user.person.username)
        answer = http.get(hexad.auth.at("/profile"), headers=bearer(token))
        assert answer.json()["user_id"] == user.id, answer.text


def test_the_token_of_a_user_who_is_not_there(hexad, http):
    answer = http.get(hexad.auth.at("/profile"), headers=bearer(tokens.token()))
    is_problem(answer, 404, "user_not_found", "message", "User not found")


def test_the_clock_of_the_database(hexad, http):
    answer = http.get(hexad.auth.at("/test-db"))
    assert answer.status_code == 200
    assert answer.json()["message"] == "Successful connection"
    told = datetime.fromisoformat(answer.json()["timestamp"].replace("Z", "+00:00"))
    assert abs(datetime.now(timezone.utc) - told) < timedelta(seconds=5)


def test_a_test_event(hexad, http):
    answer = http.get(hexad.auth.at("/test-event"))
    assert answer.status_code == 200 and answer.json()["message"]
