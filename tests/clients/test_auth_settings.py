"""Auth with other settings beside the first, on the same users: what an operator changes and a client notices."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import jwt

from journey import people, tokens
from journey.patience import until
from journey.people import bearer
from journey.problems import is_problem


def profile(http, service, token):
    return http.get(service.at("/profile"), headers=bearer(token))


def test_the_lifetime_of_a_token(programs, hexad, http, user):
    auth = programs.service("auth", TOKEN_TTL="2s")
    answer = people.log_in(auth, user.person.username, user.person.password).json()
    assert answer["expires_in"] == 2
    claims = jwt.decode(answer["token"], tokens.KEY, algorithms=["HS256"], options={"verify_exp": False})
    assert claims["exp"] - claims["iat"] == 2
    until(lambda: profile(http, auth, answer["token"]).status_code != 200, "the token to expire")
    assert time.time() >= claims["exp"], "and not before its time"
    for service in (auth, hexad.auth):
        refused = profile(http, service, answer["token"])
        is_problem(refused, 401, "token_expired", "message", "Token expired")


def test_a_new_key_logs_nobody_out(programs, hexad, http, user):
    auth = programs.service("auth", SECRET_KEY=tokens.OTHER_KEY, SECRET_KEYS_PREVIOUS=tokens.KEY)
    assert profile(http, auth, user.token).status_code == 200
    new = people.log_in(auth, user.person.username, user.person.password).json()["token"]
    assert profile(http, auth, new).status_code == 200
    assert jwt.decode(new, tokens.OTHER_KEY, algorithms=["HS256"])["user_id"] == user.id
    assert jwt.get_unverified_header(new)["kid"] != jwt.get_unverified_header(user.token)["kid"]
    is_problem(profile(http, hexad.auth, new), 401, "token_invalid", "message")
    is_problem(profile(http, auth, tokens.token(tokens.PREVIOUS_KEY)), 401, "token_invalid", "message")


def test_hashes_as_the_originals_wrote_them_log_in_and_are_renewed(programs, hexad):
    registration = programs.service("user_soap", PASSWORD_WRITE="originals")
    person = people.somebody()
    people.register(registration, person)
    for _ in range(2):
        assert people.log_in(hexad.auth, person.username, person.password).status_code == 200
        assert people.log_in(hexad.auth, person.username, "wrong").status_code == 401
    originals = programs.service("auth", PASSWORD_WRITE="originals")
    assert people.log_in(originals, person.username, person.password).status_code == 200


def test_too_many_logins_at_once_are_told_when_to_come_back(programs, hexad, http):
    auth = programs.service("auth", PASSWORD_ITERATIONS="5000000", LOGIN_QUEUE_WAIT="1s")

    def log_in(number):
        return people.log_in(auth, f"nobody-{number}", "whatever")

    # More than the cores have lanes for, on any machine.
    logins = 50 * os.cpu_count()
    with ThreadPoolExecutor(logins) as threads:
        answers = list(threads.map(log_in, range(logins)))
        assert http.get(auth.at("/auth/health")).status_code == 200
    busy = [answer for answer in answers if answer.status_code == 503]
    assert busy, "some were refused"
    for answer in answers:
        if answer in busy:
            is_problem(answer, 503, "busy", "message")
            assert 1 <= int(answer.headers["Retry-After"]) <= 120
        else:
            is_problem(answer, 401, "invalid_credentials", "message")
