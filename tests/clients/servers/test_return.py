"""The way back: until hashes are renewed nothing stands in it, and what Hexad added can be taken away."""

import time
import uuid

import pytest
import requests

from journey import documentation, originals, people
from journey.patience import until
from journey.place import Place
from servers.conftest import all_six

OLD = {"ada": "pw of ada", "bob the builder": "short"}


@pytest.fixture
def place():
    """A database of the originals' with two users."""
    place = Place()
    with place.database() as database:
        database.execute(originals.TABLE)
        place.ids = {name: str(uuid.uuid4()) for name in OLD}
        for name, password in OLD.items():
            originals.insert(database, place.ids[name], name, password)
    return place


def log_in(six, name, password):
    answer = people.log_in(six.auth, name, password)
    assert answer.status_code == 200, answer.text
    return people.bearer(answer.json()["token"])


def query(page, heading, containing):
    """The one statement of that section with these words in it."""
    statements = ";".join(documentation.blocks(page, heading, "sql")).split(";")
    (found,) = [statement.strip() for statement in statements if containing in statement]
    return found


def crossed(database):
    """As the documentation has an operator count them."""
    return database.execute(query("migration.md", "Back", "count(*)")).fetchone()[0]


def test_the_point_of_no_return_is_each_users_next_login(place, started):
    settings = place.settings()
    six = all_six(started, {**settings, "PASSWORD_WRITE": "originals"})
    log_in(six, "ada", OLD["ada"])
    with place.database() as database:
        assert crossed(database) == 0
        auth = started.service("auth", **settings)
        answer = people.log_in(auth, "ada", OLD["ada"])
        assert answer.status_code == 200, answer.text
        until(lambda: crossed(database) == 1, "the hash to be renewed")
        assert not originals.logs_in(database, "ada", OLD["ada"])
        assert originals.logs_in(database, "bob the builder", OLD["bob the builder"])
        # Back to the originals' hash: she is still let in here, and stays where she is.
        log_in(six, "ada", OLD["ada"])
        assert crossed(database) == 1


def test_back_to_the_originals_and_once_more_to_hexad(place, started):
    settings = {**place.settings(), "PASSWORD_WRITE": "originals"}
    six = all_six(started, settings)
    new = people.somebody()
    place.ids[new.username] = people.register(six.user_soap, new)
    everybody = {**OLD, new.username: new.password}
    for name, password in everybody.items():
        bearer = log_in(six, name, password)
        url = six.session.at(f"/api/sessions/{place.ids[name]}")
        until(lambda: requests.get(url, headers=bearer, timeout=10).status_code == 200, "the login to open a session")
        answer = requests.put(url, json={"data": {"text": f"of {name}"}}, headers=bearer, timeout=10)
        assert answer.status_code == 200, answer.text

    mongo = place.mongo()
    with place.database() as database:
        waiting = query("operations.md", "What to watch", "hexad_event")
        until(lambda: database.execute(waiting).fetchall() == [], "the relays to have sent all")
        page, heading = "operations.md", "What to watch"
        until(lambda: documentation.run_in_mongo(mongo, page, heading) == [0], "those of sessions too")
        for program in vars(six).values():
            assert program.stop() == 0
        for statement in documentation.blocks("migration.md", "Back", "sql"):
            if "DROP" in statement:
                database.execute(statement)
        documentation.run_in_mongo(mongo, "migration.md", "Back")
        for kind, name in [
            ("exchanges", "domain-events"),
            ("queues", "session-service.events"),
            ("queues", "session-service.events.dead"),
        ]:
            place.api("DELETE", f"/{kind}/{place.name}/{name}")

        tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        sequences = database.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'").fetchall()
        assert (tables, sequences) == ([("user",)], [])
        assert set(mongo.list_collection_names()) == {"sessions"}
        assert all(originals.logs_in(database, name, password) for name, password in everybody.items())
        originals.insert(database, str(uuid.uuid4()), "late-comer", "pw of late-comer")
    theirs = originals.Sessions(place.documents())
    assert all(theirs.find(place.ids[name])["data"] == {"text": f"of {name}"} for name in everybody)
    theirs.set_text(place.ids["ada"], "theirs")
    theirs.delete(place.ids["bob the builder"])
    with place.broker() as connection:
        channel = connection.channel()
        channel.queue_purge("auth-events")
        originals.publish(channel, "auth-events", "UserLoggedIn", {"user_id": place.ids["ada"]})
        assert channel.basic_get("auth-events", auto_ack=True)[0], "they publish without us"

    began = time.monotonic()
    six = all_six(started, settings)
    bearer = log_in(six, "ada", OLD["ada"])
    session = requests.get(six.session.at(f"/api/sessions/{place.ids['ada']}"), headers=bearer, timeout=10).json()
    assert session["data"] == {"text": "theirs"}
    log_in(six, "late-comer", "pw of late-comer")
    assert time.monotonic() - began < 20
