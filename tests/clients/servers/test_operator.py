"""What the documentation tells an operator to grant and to look at is enough, and shows what it says."""

import re
import shlex
import uuid

import pytest
import requests

from journey import documentation, originals, people, tokens
from journey.forwarder import Forwarder
from journey.patience import until
from journey.place import Place
from servers.test_mistakes import ends


@pytest.fixture
def place():
    return Place()


def granted(place, block):
    """Runs the statements for roles of this test's own, and returns who we are then, by the name in the text."""
    own = {name: place.role(name) for name in ("hexad", "hexad_reader")}
    text = re.sub(r"\b(hexad|hexad_reader)\b", lambda found: own[found[1]], block)
    with place.database() as database:
        database.execute(text.replace("DATABASE users", f'DATABASE "{place.name}"').replace("…", "secret"))
    return {name: {"POSTGRESQL_USER": role, "POSTGRESQL_PASSWORD": "secret"} for name, role in own.items()}


def test_the_privileges_in_postgresql_are_enough(place, started):
    with place.database() as database:
        database.execute(originals.TABLE)
        database.execute(f'REVOKE ALL ON DATABASE "{place.name}" FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC')
    writing, reading = documentation.blocks("operations.md", "Privileges", "sql")
    writer = {**place.settings(), **granted(place, writing)["hexad"]}
    registration, auth = (started.service(name, **writer) for name in ("user_soap", "auth"))
    person = people.somebody()
    people.register(registration, person)
    reader = {**place.settings(), **granted(place, reading)["hexad_reader"]}
    lookup, connected = (started.service(name, **reader) for name in ("user_lookup", "connected"))
    assert people.log_in(auth, person.username, person.password).status_code == 200
    found = requests.get(lookup.at("/user/soap"), params={"username": person.username}, timeout=10)
    assert found.status_code == 200
    answer = requests.get(connected.at("/last-connection"), params={"username": person.username}, timeout=10)
    assert answer.json()["error"] == "No sessions found for this user."
    ends("auth", reader, ["POSTGRESQL_USER"], "INSERT")


@pytest.fixture
def broker_user(place):
    """A user of RabbitMQ without any permission, gone after the test."""
    name = f"user_of_{place.name}"
    place.api("PUT", f"/users/{name}", {"password": "secret", "tags": ""})
    yield name
    place.api("DELETE", f"/users/{name}")


def test_the_permissions_in_rabbitmq_are_enough(place, broker_user, started):
    settings = {**place.settings(), "RABBITMQ_USER": broker_user, "RABBITMQ_PASSWORD": "secret"}
    nothing = {"configure": "^$", "write": "^$", "read": "^$"}
    place.api("PUT", f"/permissions/{place.name}/{broker_user}", nothing)
    ends("auth", settings, ["RABBITMQ_USER"])
    (block,) = documentation.blocks("operations.md", "Privileges", "sh")
    *_, configure, write, read = shlex.split(block.replace("\\\n", " "))
    enough = {"configure": configure, "write": write, "read": read}
    place.api("PUT", f"/permissions/{place.name}/{broker_user}", enough)
    registration, auth, session = (started.service(name, **settings) for name in ("user_soap", "auth", "session"))
    person = people.somebody()
    user_id = people.register(registration, person)
    bearer = people.bearer(people.log_in(auth, person.username, person.password).json()["token"])
    url = session.at(f"/api/sessions/{user_id}")
    until(lambda: requests.get(url, headers=bearer, timeout=10).status_code == 200, "the login to open the session")
    assert requests.get(auth.at("/test-event"), timeout=10).status_code == 200
    with place.broker() as connection:
        channel = connection.channel()
        channel.basic_publish(exchange="", routing_key="session-service.events", body=b"no event")
    until(lambda: place.waiting("session-service.events.dead") == 1, "the message in the dead queue")
    until(lambda: place.waiting("user-events") == 1 and place.waiting("session-events") == 1, "the other events")


def test_what_waits_for_the_broker_is_seen(place, started):
    broker = Forwarder(place.ports["rabbitmq"])
    settings = place.settings(rabbitmq=broker.port)
    registration, auth, session = (started.service(name, **settings) for name in ("user_soap", "auth", "session"))
    (waiting,) = documentation.blocks("operations.md", "What to watch", "sql")

    def seen():
        with place.database() as database:
            rows = {area: count for area, count, _ in database.execute(waiting).fetchall()}
        return rows, documentation.run_in_mongo(place.mongo(), "operations.md", "What to watch")

    assert seen() == ({}, [0])
    person = people.somebody()
    people.register(registration, person)
    for _ in range(2):
        people.log_in(auth, person.username, person.password)
    bearer = people.bearer(tokens.token(user_id=str(uuid.uuid4())))
    made = requests.post(session.at("/api/sessions"), json={"data": {}}, headers=bearer, timeout=10)
    assert made.status_code == 201
    assert seen() == ({"user": 1, "auth": 2}, [1])
    broker.open()
    # The login of the person opens another session, whose event goes the same way.
    until(lambda: place.waiting("session-events") == 2, "the events to arrive")
    until(lambda: seen() == ({}, [0]), "nothing to wait any more")
    broker.close()
