"""When somebody last connected: by a login, or by opening their session."""

import re
from datetime import datetime, timedelta, timezone

from journey import people, raw
from journey.patience import until
from journey.people import bearer
from journey.problems import is_problem


def ask(hexad, http, **parameters):
    return http.get(hexad.connected.at("/last-connection"), params=parameters)


def registered(hexad):
    person = people.somebody()
    return person, people.register(hexad.user_soap, person)


def token_of(hexad, person):
    return people.log_in(hexad.auth, person.username, person.password).json()["token"]


def connected(hexad, http, person, after=""):
    """The answer, as soon as there is one that is later."""

    def look():
        answer = ask(hexad, http, username=person.username)
        return answer.status_code == 200 and answer.json()["at"] > after and answer

    return until(look, "the login to open the session", deadline=5).json()


def test_a_login_is_the_last_connection(hexad, http):
    person, user_id = registered(hexad)
    token_of(hexad, person)
    answer = connected(hexad, http, person)
    assert set(answer) == {"userId", "lastConnection", "at"}
    assert (answer["userId"], answer["lastConnection"]) == (user_id, "a few seconds ago")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer["at"])
    at = datetime.fromisoformat(answer["at"].replace("Z", "+00:00"))
    assert abs(datetime.now(timezone.utc) - at) < timedelta(seconds=30)


def test_it_moves_with_the_next_login(hexad, http):
    person, _ = registered(hexad)
    token_of(hexad, person)
    first = connected(hexad, http, person)["at"]
    token_of(hexad, person)
    assert connected(hexad, http, person, after=first)["at"] > first


def test_the_session_that_a_login_opened_is_the_owners(hexad, http):
    person, user_id = registered(hexad)
    auth = bearer(token_of(hexad, person))
    at = connected(hexad, http, person)["at"]
    session = http.get(hexad.session.at(f"/api/sessions/{user_id}"), headers=auth).json()
    assert (session["userId"], session["data"], session["connectedAt"]) == (user_id, {}, at)
    own = http.get(hexad.session.at("/last-connection"), headers=auth).json()
    assert own == {"userId": user_id, "lastConnection": "a few seconds ago", "at": at}


def test_a_login_keeps_the_data_of_an_open_session(hexad, http):
    person, user_id = registered(hexad)
    auth = bearer(token_of(hexad, person))
    first = connected(hexad, http, person)["at"]
    url = hexad.session.at(f"/api/sessions/{user_id}")
    http.put(url, headers=auth, json={"data": {"kept": True}})
    token_of(hexad, person)
    connected(hexad, http, person, after=first)
    assert http.get(url, headers=auth).json()["data"] == {"kept": True}


def test_an_ended_session_is_no_connection_until_the_next_login(hexad, http):
    person, user_id = registered(hexad)
    auth = bearer(token_of(hexad, person))
    connected(hexad, http, person)
    url = hexad.session.at(f"/api/sessions/{user_id}")
    assert http.delete(url, headers=auth).status_code == 200
    is_problem(ask(hexad, http, username=person.username), 404, "no_sessions", "error")
    assert http.get(hexad.auth.at("/profile"), headers=auth).status_code == 200, "auth takes the token still"
    again = bearer(token_of(hexad, person))
    connected(hexad, http, person)
    assert http.get(url, headers=again).json()["data"] == {}
    assert http.get(url, headers=auth).status_code == 401


def test_no_session_yet(hexad, http):
    person, _ = registered(hexad)
    answer = ask(hexad, http, username=person.username)
    is_problem(answer, 404, "no_sessions", "error", "No sessions found for this user.")


def test_an_unknown_user(hexad, http, user):
    for name in (user.person.username.upper(), "名無し", "<&>", "a\0b", "x" * 5000):
        is_problem(ask(hexad, http, username=name), 404, "user_not_found", "error", "User not found.")


def test_no_name(hexad, http):
    for parameters in ({}, {"username": ""}):
        is_problem(ask(hexad, http, **parameters), 400, "username_missing", "error", "Username must be provided.")


def test_a_query_that_says_nothing_clear(hexad):
    for query in ("username=a&username=b", "username=%ff", "username=%"):
        answer = raw.get(hexad.connected, f"/last-connection?{query}")
        is_problem(answer, 400, "invalid_field" if "&" in query else "malformed", "error")
