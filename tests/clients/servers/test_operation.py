"""Servers that are not there yet, go away and come back."""

import json
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from journey import envelopes, people, tokens
from journey.forwarder import Forwarder
from journey.patience import until
from journey.place import Place
from journey.programs import SERVICES, free_ports

# Which server each service cannot work without.
STORES = {
    "auth": "postgres",
    "user_soap": "postgres",
    "session": "mongo",
    "image": "s3",
    "user_lookup": "postgres",
    "connected": "mongo",
}


def health(program, name):
    return requests.get(program.at(SERVICES[name][1]), timeout=6)


def start(started, name, settings):
    program, _ = SERVICES[name]
    (port,) = free_ports(1)
    running = started.start(program, port, PORT=str(port), **settings)

    def listens():
        assert running.process.poll() is None, running.log.read_text()
        try:
            return requests.get(running.at("/livez"), timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    until(listens, f"{name} to listen")
    return running


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_without_its_store_and_becomes_healthy_when_it_comes(name, started):
    place = Place()
    away = Forwarder(place.ports[STORES[name]])
    running = start(started, name, place.settings(**{STORES[name]: away.port}))
    answer = health(running, name)
    assert answer.status_code == 503
    if "json" in answer.headers["Content-Type"]:
        assert answer.json()["status"] == "unhealthy"
        assert {"auth": "users", "session": "sessions", "image": "images", "connected": "sessions"}[name] in answer.text
    try:
        away.open()
        began = time.monotonic()
        until(lambda: health(running, name).status_code == 200, "health")
        assert time.monotonic() - began < 8
    finally:
        away.close()


def warnings(running):
    lines = [json.loads(line) for line in running.log.read_text().splitlines()]
    return [line for line in lines if line["level"] in ("WARN", "ERROR")]


@pytest.mark.parametrize("name", ["auth", "user_soap", "session"])
def test_a_service_starts_without_the_broker_and_works(name, started):
    place = Place()
    away = Forwarder(place.ports["rabbitmq"])
    running = start(started, name, place.settings(rabbitmq=away.port))
    answer = until(lambda: (found := health(running, name)).status_code == 200 and found, "health")
    if name != "user_soap":
        assert answer.json() == {"status": "healthy", "broker": "down"}
        try:
            away.open()
            until(lambda: health(running, name).json().get("broker") == "up", "the broker to be seen")
        finally:
            away.close()
    told = [line["message"] for line in warnings(running)]
    for once in ("events cannot be sent", "events could not be applied"):
        assert len([message for message in told if message.startswith(once)]) <= 2, "one for each outage"
    assert not [line for line in warnings(running) if line["target"].startswith("lapin")]


def events_of(place, queue, count):
    """So many events, without those of tests: who each is of, its number, and the message's own time and id."""
    found = []
    with place.broker() as connection:
        channel = connection.channel()
        for method, properties, body in channel.consume(queue, inactivity_timeout=20):
            assert method is not None, f"{len(found)} of {count} in {queue}"
            channel.basic_ack(method.delivery_tag)
            told = json.loads(body)
            if told["event"] != "TestEvent":
                sequence = int(properties.headers["cloudEvents:sequence"])
                found.append((told["data"]["username"], sequence, told["timestamp"], properties.message_id))
            if len(found) == count:
                return found


def test_with_the_broker_away_all_goes_on_and_the_events_follow_in_order(started):
    place = Place()
    broker = Forwarder(place.ports["rabbitmq"]).open()
    settings = place.settings(rabbitmq=broker.port)
    registration, auth = (start(started, name, settings) for name in ("user_soap", "auth"))
    until(lambda: health(auth, "auth").json().get("broker") == "up", "the broker")
    broker.close()
    people_made = [people.somebody() for _ in range(3)]
    for person in people_made:
        people.register(registration, person)
    for _ in range(3):
        for person in people_made:
            assert people.log_in(auth, person.username, person.password).status_code == 200
    began = time.monotonic()
    answer = requests.get(auth.at("/test-event"), timeout=10)
    assert (answer.status_code, time.monotonic() - began < 5.5) == (503, True)
    broker.open()
    registered, logins = events_of(place, "user-events", 3), events_of(place, "auth-events", 9)
    broker.close()
    assert {name for name, *_ in registered} == {person.username for person in people_made}
    assert len({message_id for *_, message_id in registered + logins}) == 12
    for person in people_made:
        told = [(sequence, timestamp) for name, sequence, timestamp, _ in logins if name == person.username]
        assert len(told) == 3
        assert [number for number, _ in told] == sorted(number for number, _ in told)
        assert [at for _, at in told] == sorted(at for _, at in told)


def descriptors(program):
    return len(os.listdir(f"/proc/{program.process.pid}/fd"))


def requests_to(name, running, place):
    """A request that needs the store."""
    if name == "auth":
        return requests.post(running.at("/login"), json={"username": "x", "password": "y" * 9}, timeout=10)
    if name == "user_soap":
        body = envelopes.register(people.somebody().fields())
        return requests.post(running.at("/register"), data=body, headers={"Content-Type": "text/xml"}, timeout=10)
    if name == "session":
        who = str(uuid.uuid4())
        bearer = people.bearer(tokens.token(user_id=who))
        return requests.post(running.at("/api/sessions"), json={"data": {}}, headers=bearer, timeout=10)
    if name == "image":
        return requests.get(running.at("/images"), timeout=10)
    if name == "user_lookup":
        return requests.get(running.at("/user/soap"), params={"username": "x"}, timeout=10)
    return requests.get(running.at("/last-connection"), params={"username": "x"}, timeout=10)


def refused_in_time(name, running, place):
    began = time.monotonic()
    answer = requests_to(name, running, place)
    assert time.monotonic() - began < 5
    if name == "user_soap":
        assert (answer.status_code, envelopes.read(answer).fault().error) == (500, "unavailable")
    else:
        assert answer.status_code == 503, answer.text
        assert 1 <= int(answer.headers["Retry-After"]) <= 120


@pytest.mark.parametrize("name", SERVICES)
def test_a_store_that_goes_away_is_a_503_in_time_and_leaves_nothing_behind(name, started):
    place = Place()
    which = "postgres" if name == "connected" else STORES[name]
    store = Forwarder(place.ports[which]).open()
    running = start(started, name, place.settings(**{which: store.port}))
    until(lambda: health(running, name).status_code == 200, "health")
    good = requests_to(name, running, place).status_code
    assert good < 500, good
    held = descriptors(running)
    store.close()
    refused_in_time(name, running, place)
    # A crowd too: each has its answer in time, and no one's connection is left.
    with ThreadPoolExecutor(20) as crowd:
        list(crowd.map(lambda _: refused_in_time(name, running, place), range(20)))
    store.open()
    began = time.monotonic()
    until(lambda: requests_to(name, running, place).status_code == good, "the store to be used again")
    assert time.monotonic() - began < 5
    until(lambda: descriptors(running) <= held + 5, f"{held} descriptors")
    store.close()
