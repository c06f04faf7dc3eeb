"""The journey of the README on PostgreSQL, MongoDB, RabbitMQ and MinIO, and what others see of it."""

import json
import re
import uuid

import jsonschema
import pytest
import requests

from journey import envelopes, people
from journey.patience import until
from journey.programs import ROOT

DESCRIBED = json.loads((ROOT / "docs/api/events.asyncapi.json").read_text())["components"]["messages"]
IMAGE = (ROOT / "domain/tests/data/images/baseline-37x21.jpg").read_bytes()


@pytest.fixture(scope="module")
def ada(six):
    """Ada's way through all six; what she was answered."""
    person = people.somebody()
    user_id = people.register(six.user_soap, person)
    answer = people.log_in(six.auth, person.username, person.password)
    assert answer.status_code == 200, answer.text
    bearer = people.bearer(answer.json()["token"])

    def session():
        found = requests.get(six.session.at(f"/api/sessions/{user_id}"), headers=bearer, timeout=10)
        return found.json() if found.status_code == 200 else None

    opened = until(session, "the login to open the session")
    return person, user_id, bearer, opened


def events(place, queue, count):
    """So many messages, as a stock consumer gets them."""
    connection = place.broker()
    channel = connection.channel()
    found = []
    for method, properties, body in channel.consume(queue, inactivity_timeout=20):
        assert method is not None, f"{len(found)} of {count} messages in {queue}: {found}"
        channel.basic_ack(method.delivery_tag)
        found.append((json.loads(body), properties))
        if len(found) == count:
            break
    connection.close()
    return found


def test_each_service_is_healthy_and_tells_of_the_broker(six):
    for name in ("auth", "session"):
        assert requests.get(getattr(six, name).at("/readyz"), timeout=5).json() == {"status": "healthy", "broker": "up"}
    assert requests.get(six.connected.at("/connected/health"), timeout=5).json() == {"status": "healthy"}


def test_the_login_is_the_last_connection(six, ada):
    person, user_id, bearer, opened = ada
    answer = requests.get(six.connected.at("/last-connection"), params={"username": person.username}, timeout=10).json()
    assert (answer["userId"], answer["lastConnection"]) == (user_id, "a few seconds ago")
    assert answer["at"] == opened["connectedAt"]


def test_the_rows_and_documents_are_where_the_originals_had_them(place, ada):
    person, user_id, _, opened = ada
    with place.database() as database:
        found = database.execute('SELECT id, username, dni, email, city FROM "user"').fetchone()
        kinds = dict(database.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'user'"
        ).fetchall())
    assert found == (uuid.UUID(user_id), person.username, person.dni, person.email, person.city)
    assert kinds["id"] == "uuid" and kinds["password"] == "character varying"
    document = place.documents().find_one({"userId": user_id})
    assert str(document["_id"]) == opened["_id"]
    assert document["data"] == {} and document["createdAt"] and document["updatedAt"]


def test_a_stock_consumer_reads_every_event_on_the_queues_of_the_originals(six, place, ada):
    person, user_id, bearer, opened = ada
    assert requests.get(six.auth.at("/test-event"), timeout=10).status_code == 200
    duplicate = envelopes.register(person.fields())
    requests.post(six.user_soap.at("/register"), data=duplicate, headers={"Content-Type": "text/xml"}, timeout=10)
    answer = requests.put(
        six.session.at(f"/api/sessions/{user_id}"), json={"data": {"text": "hi"}}, headers=bearer, timeout=10
    )
    assert answer.json()["session"]["data"] == {"text": "hi"}
    assert requests.delete(six.session.at(f"/api/sessions/{user_id}"), headers=bearer, timeout=10).status_code == 200

    told = events(place, "auth-events", 2) + events(place, "user-events", 2) + events(place, "session-events", 3)
    owner = {"user_id": user_id, "username": person.username}
    session = {"session_id": opened["_id"], **owner}
    registered = {name: value for name, value in person.fields().items() if name != "password"}
    failed = {name: registered[name] for name in ("username", "dni", "email")}
    assert [(body["event"], body["data"]) for body, _ in told] == [
        ("UserLoggedIn", {**owner, "email": person.email}),
        ("TestEvent", {"msg": told[1][0]["data"]["msg"]}),
        ("UserRegistered", {"id": user_id, **registered}),
        ("UserRegistrationFailed", {
            **failed, "error": "Duplicate entry detected", "details": "username, dni, email",
        }),
        ("SessionCreated", session),
        ("SessionUpdated", session),
        ("SessionDeleted", session),
    ]
    for body, properties in told:
        assert set(body) == {"event", "data", "timestamp"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", body["timestamp"])
        jsonschema.validate(body, DESCRIBED[body["event"]]["payload"])
        jsonschema.validate(properties.headers, DESCRIBED[body["event"]]["headers"])
        assert (properties.delivery_mode, properties.content_type) == (2, "application/json")
        assert uuid.UUID(properties.message_id)
        headers = properties.headers
        assert headers["cloudEvents:id"] == properties.message_id
        assert headers["cloudEvents:type"] == body["event"]
        assert headers["cloudEvents:time"] == body["timestamp"]
        assert headers["cloudEvents:specversion"] == "1.0" and headers["cloudEvents:source"]
    of_session = [properties.headers["cloudEvents:sequence"] for _, properties in told[4:]]
    assert of_session == sorted(set(of_session)), "the number rises"


def test_the_queues_are_as_the_originals_declared_them(place, ada):
    for name in ("auth-events", "user-events", "session-events"):
        queue = place.queue(name)
        assert (queue["durable"], queue["type"], queue["arguments"]) == (True, "classic", {})
    exchange = place.api("GET", f"/exchanges/{place.name}/domain-events")
    assert (exchange["type"], exchange["durable"]) == ("topic", True)


def test_a_stranger_fetches_the_image_straight_from_the_bucket_and_may_do_nothing_else(six, place):
    answer = requests.post(six.image.at("/upload_image"), files={"file": ("Ada's photo.jpg", IMAGE)}, timeout=20)
    assert answer.status_code == 200, answer.text
    url = answer.json()["url"]
    assert url == f"{place.bucket_url}/Adas_photo.jpg"
    fetched = requests.get(url, timeout=10)
    assert (fetched.status_code, fetched.headers["Content-Type"], fetched.content) == (200, "image/jpeg", IMAGE)
    assert requests.get(place.bucket_url, timeout=10).status_code == 403
    assert requests.put(url, data=b"other", timeout=10).status_code == 403
    assert requests.delete(url, timeout=10).status_code == 403
    assert requests.get(six.image.at("/list_images"), timeout=10).json() == {"urls": [url], "next": None}
    other = requests.post(
        six.image.at("/upload_image"), files={"file": ("Ada's photo.jpg", IMAGE + b"other")}, timeout=20
    ).json()["url"]
    assert other != url
    assert requests.get(other, timeout=10).content == IMAGE + b"other"
    assert requests.get(url, timeout=10).content == IMAGE, "nothing is overwritten"
