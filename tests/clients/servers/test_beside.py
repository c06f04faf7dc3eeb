"""Originals and Hexad side by side on the same table, collection and queues, each knowing nothing of the other."""

import json
import uuid
from datetime import datetime, timedelta, timezone

import psycopg
import pytest
import requests

from journey import originals, people, tokens
from journey.envelopes import read, register
from journey.patience import until
from journey.place import Place
from servers.conftest import all_six

# Too short to sign with today.
THEIR_KEY = "mysecretkey"


@pytest.fixture(scope="module")
def place():
    return Place()


@pytest.fixture(scope="module")
def six(place, started):
    with place.database() as database:
        database.execute(originals.TABLE)
    return all_six(started, {
        **place.settings(),
        "PASSWORD_WRITE": "originals",
        "SOAP_COMPAT": "originals",
        "SECRET_KEYS_PREVIOUS": THEIR_KEY,
        "SESSION_EVENTS_QUEUE": "session-service.events,auth-events",
    })


@pytest.fixture
def user(six):
    """Somebody who is registered here: the person, their id, and a token that has opened no session."""
    person = people.somebody()
    user_id = people.register(six.user_soap, person)
    return person, user_id, people.bearer(tokens.token(user_id=user_id, username=person.username))


def url(six, user_id):
    return six.session.at(f"/api/sessions/{user_id}")


@pytest.mark.parametrize("field", ["username", "dni", "email"])
def test_neither_registers_whom_the_other_has(six, place, field):
    ours, theirs = people.somebody(), people.somebody()
    people.register(six.user_soap, ours)
    with place.database() as database:
        columns = {"dni": theirs.dni, "email": theirs.email}
        originals.insert(database, str(uuid.uuid4()), theirs.username, theirs.password, **columns)
        clash = {**columns, "dni": "new", "email": "new@example.org", field: getattr(ours, field)}
        username = clash.pop("username", f"new-{theirs.username}")
        with pytest.raises(psycopg.errors.UniqueViolation):
            originals.insert(database, str(uuid.uuid4()), username, "x" * 9, **clash)
    clash = people.somebody(**{field: getattr(theirs, field)})
    answer = requests.post(
        six.user_soap.at("/register"),
        data=register(clash.fields()),
        headers={"Content-Type": "text/xml"},
        timeout=10,
    )
    # To the letter what a client of the originals knows.
    assert answer.status_code == 409
    message = read(answer).response("registerUserResponse")["message"]
    assert message == "Duplicate user information detected (username, dni, or email)."


def test_a_token_of_the_one_is_good_at_the_other(six, user):
    person, user_id, _ = user
    ours = people.log_in(six.auth, person.username, person.password).json()["token"]
    claims = originals.reads_token(ours, tokens.KEY)
    assert (claims["user_id"], claims["username"]) == (user_id, person.username)
    theirs = people.bearer(tokens.token(user_id=user_id, username=person.username))
    profile = requests.get(six.auth.at("/profile"), headers=theirs, timeout=10).json()
    assert profile == {"username": person.username, "email": person.email, "user_id": user_id}
    assert requests.get(six.session.at("/api/sessions/verify"), headers=theirs, timeout=10).status_code == 200


@pytest.mark.filterwarnings("ignore:The HMAC key is 11 bytes")
def test_a_key_too_short_to_sign_with_still_verifies_and_ours_are_not_theirs(six, user):
    person, user_id, _ = user
    theirs = people.bearer(tokens.token(THEIR_KEY, user_id=user_id, username=person.username))
    assert requests.get(six.auth.at("/profile"), headers=theirs, timeout=10).status_code == 200
    assert requests.get(six.session.at("/api/sessions/verify"), headers=theirs, timeout=10).status_code == 200
    ours = people.log_in(six.auth, person.username, person.password).json()["token"]
    assert originals.reads_token(ours, THEIR_KEY) is None


def test_a_session_of_theirs_is_ours(six, place, user):
    _, user_id, bearer = user
    theirs = originals.Sessions(place.documents())
    theirs.open(user_id, {"text": "theirs"})
    opened = theirs.find(user_id)
    read = requests.get(url(six, user_id), headers=bearer, timeout=10).json()
    assert (read["_id"], read["data"]) == (str(opened["_id"]), {"text": "theirs"})
    answer = requests.put(url(six, user_id), json={"data": {"text": "ours"}}, headers=bearer, timeout=10)
    assert answer.status_code == 200, answer.text
    found = theirs.find(user_id)
    assert (found["_id"], found["data"], found["__v"]) == (opened["_id"], {"text": "ours"}, 0)
    assert (found["createdAt"], found["updatedAt"] > opened["updatedAt"]) == (opened["createdAt"], True)
    assert theirs.delete(user_id)
    assert requests.get(url(six, user_id), headers=bearer, timeout=10).status_code == 404


def test_a_session_of_ours_is_theirs(six, place, user):
    _, user_id, bearer = user
    theirs = originals.Sessions(place.documents())
    created = requests.post(
        six.session.at("/api/sessions"), json={"data": {"text": "ours", "n": 1}}, headers=bearer, timeout=10
    )
    assert created.status_code == 201, created.text
    assert theirs.find(user_id)["data"] == {"text": "ours", "n": 1}
    assert theirs.set_text(user_id, "theirs")
    read = requests.get(url(six, user_id), headers=bearer, timeout=10)
    assert read.json()["data"] == {"text": "theirs", "n": 1}
    # A client of ours that has not seen their change is told so.
    stale = {**bearer, "If-Match": created.headers["ETag"]}
    refused = requests.put(url(six, user_id), json={"data": {"text": "late"}}, headers=stale, timeout=10)
    assert refused.status_code == 412
    theirs.delete(user_id)
    again = requests.post(six.session.at("/api/sessions"), json={"data": {}}, headers=bearer, timeout=10)
    assert again.status_code == 201
    assert str(theirs.find(user_id)["_id"]) == again.json()["session"]["_id"] != created.json()["session"]["_id"]


def test_after_a_deletion_of_ours_they_may_open_a_session_and_old_tokens_do_not_reach_it(six, place, user):
    person, user_id, old = user
    theirs = originals.Sessions(place.documents())
    theirs.open(user_id, {"text": "first"})
    # As the originals could leave them: all of the user's go.
    place.documents().insert_one({"userId": user_id, "data": {"text": "another"}})
    assert requests.delete(url(six, user_id), headers=old, timeout=10).status_code == 200
    assert theirs.find(user_id) is None
    theirs.open(user_id, {"text": "second"})
    assert requests.get(url(six, user_id), headers=old, timeout=10).status_code == 401
    token = people.log_in(six.auth, person.username, person.password).json()["token"]
    read = requests.get(url(six, user_id), headers=people.bearer(token), timeout=10).json()
    assert read["data"] == {"text": "second"}


def last_connection(six, person, at):
    """When the last connection has become that."""

    def moved():
        answer = requests.get(six.connected.at("/last-connection"), params={"username": person.username}, timeout=10)
        return answer.status_code == 200 and answer.json()["at"] == at.isoformat(timespec="milliseconds")[:23] + "Z"

    until(moved, f"the last connection of {person.username} to be {at}")


def test_a_login_at_an_original_opens_the_session_and_an_older_one_changes_nothing(six, place, user):
    person, user_id, bearer = user
    other = people.somebody()
    login = {"user_id": user_id, "username": person.username, "email": person.email}
    login_of_other = {
        "user_id": people.register(six.user_soap, other), "username": other.username, "email": other.email,
    }
    at = datetime.now(timezone.utc) - timedelta(minutes=5)
    later = at + timedelta(minutes=1)
    with place.broker() as connection:
        channel = connection.channel()
        originals.publish(channel, "auth-events", "TestEvent", {"msg": "of an original"})
        originals.publish(channel, "auth-events", "UserLoginFailed", {"username": "x", "reason": "Invalid credentials"})
        originals.publish(channel, "auth-events", "UserLoggedIn", login, at)
        last_connection(six, person, at)
        assert requests.get(url(six, user_id), headers=bearer, timeout=10).json()["data"] == {}
        originals.publish(channel, "auth-events", "UserLoggedIn", login, later)
        # One that waited somewhere for days, and another user's by which it shows that it has arrived.
        originals.publish(channel, "auth-events", "UserLoggedIn", login, at - timedelta(days=3))
        originals.publish(channel, "auth-events", "UserLoggedIn", login_of_other, at)
        last_connection(six, other, at)
    last_connection(six, person, later)
    assert place.documents().count_documents({"userId": user_id}) == 1


def test_a_message_that_nobody_can_read_is_kept_aside_with_its_reason_and_the_next_is_applied(six, place, user):
    person, user_id, _ = user
    at = datetime.now(timezone.utc)
    broken = f"no event of {user_id}".encode()
    with place.broker() as connection:
        channel = connection.channel()
        channel.basic_publish(exchange="", routing_key="auth-events", body=broken)
        login = {"user_id": user_id, "username": person.username, "email": person.email}
        originals.publish(channel, "auth-events", "UserLoggedIn", login, at)
        last_connection(six, person, at)
        dead = "session-service.events.dead"
        _, properties, body = until(
            lambda: (message := channel.basic_get(dead, auto_ack=True))[0] and message, "the message in the dead queue"
        )
    assert body == broken
    assert properties.headers["x-hexad-dead-queue"] == "auth-events"
    assert properties.headers["x-hexad-dead-reason"] and properties.headers["x-hexad-dead-time"]


def test_logins_here_come_once_although_both_queues_have_them(six, place, user):
    person, user_id, bearer = user
    assert people.log_in(six.auth, person.username, person.password).status_code == 200
    session = until(
        lambda: (found := requests.get(url(six, user_id), headers=bearer, timeout=10)).status_code == 200 and found,
        "the login to open the session",
    )
    # Ours reads both, and there was one session to open.
    until(lambda: place.waiting("auth-events") == place.waiting("session-service.events") == 0, "the queues to be read")
    created = []
    with place.broker() as connection:
        channel = connection.channel()
        while (message := channel.basic_get("session-events", auto_ack=True))[0]:
            body = json.loads(message[2])
            if body["data"]["user_id"] == user_id:
                created.append((body["event"], body["data"]["session_id"]))
    assert created == [("SessionCreated", session.json()["_id"])]
