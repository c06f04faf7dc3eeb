"""A deployment of the originals is taken over: what they stored is used as it is, and they go on working beside us."""

import uuid
from datetime import datetime, timezone

import pytest
import requests
from bson import ObjectId

from journey import envelopes, originals, people
from journey.patience import until
from servers.conftest import all_six

EVERYBODY = {"ada": "pw of ada", "bob the builder": "short", "": "nameless", "Ödön": "ő" * 40}


@pytest.fixture(scope="module", params=[originals.TABLE, originals.TABLE_BY_OTHERS], ids=["uuid", "text"])
def adopted(request, started):
    """The six programs on a filled database, writing only what the originals can read."""
    from journey.place import Place

    place = Place()
    ids = {name: str(uuid.uuid4()) for name in EVERYBODY}
    with place.database() as database:
        database.execute(request.param)
        for name, password in EVERYBODY.items():
            originals.insert(database, ids[name], name, password)
        place.rows = database.execute('SELECT * FROM "user" ORDER BY id').fetchall()
    documents = place.documents()
    times = [datetime(2024, 5, day, 12, tzinfo=timezone.utc) for day in (1, 3, 2)]
    for number, time in enumerate(times):
        documents.insert_one({
            "userId": ids["ada"],
            "data": {"text": f"session {number}", "born": datetime(1815, 12, 10), "tag": ObjectId()},
            "createdAt": time,
            "updatedAt": time,
        })
    documents.insert_one({"userId": ids["Ödön"], "data": {"text": "x"}, "createdAt": "2024-05-04T12:00:00.000Z"})
    place.ids = ids
    six = all_six(started, {**place.settings(), "PASSWORD_WRITE": "originals"})
    return place, six


def test_the_last_connection_of_before_is_known(adopted):
    place, six = adopted
    for name, at in [("ada", "2024-05-03T12:00:00.000Z"), ("Ödön", "2024-05-04T12:00:00.000Z")]:
        answer = requests.get(six.connected.at("/last-connection"), params={"username": name}, timeout=10).json()
        assert (answer["userId"], answer["at"]) == (place.ids[name], at)
    unknown = requests.get(six.connected.at("/last-connection"), params={"username": "bob the builder"}, timeout=10)
    assert (unknown.status_code, unknown.json()["error"]) == (404, "No sessions found for this user.")


def test_all_log_in_nothing_is_rehashed_and_not_a_row_changes(adopted):
    place, six = adopted
    for name, password in EVERYBODY.items():
        if name:
            assert people.log_in(six.auth, name, password).status_code == 200, name
    assert people.log_in(six.auth, "ada@originals.example", EVERYBODY["ada"]).status_code == 200
    assert people.log_in(six.auth, "ada", "pw of eve").status_code == 401
    with place.database() as database:
        ids = [row[0] for row in place.rows]
        left = database.execute('SELECT * FROM "user" WHERE id = ANY(%s) ORDER BY id', [ids]).fetchall()
        assert left == place.rows
        assert all(originals.logs_in(database, name, password) for name, password in EVERYBODY.items())


def test_a_new_user_of_ours_logs_in_at_the_original_and_one_of_theirs_at_ours(adopted):
    place, six = adopted
    person = people.somebody()
    people.register(six.user_soap, person)
    with place.database() as database:
        assert originals.logs_in(database, person.username, person.password)
        originals.insert(database, str(uuid.uuid4()), "late-comer", "pw of late-comer")
    assert people.log_in(six.auth, "late-comer", "pw of late-comer").status_code == 200
    clash = people.somebody(username="late-comer")
    answer = requests.post(
        six.user_soap.at("/register"),
        data=envelopes.register(clash.fields()),
        headers={"Content-Type": "text/xml"},
        timeout=10,
    )
    envelopes.faults(answer, envelopes.SOAP_1_1, "Client", "duplicate", {"username": "duplicate"})


def test_the_newest_session_counts_is_updated_in_place_and_the_others_are_left_alone(adopted):
    place, six = adopted
    documents, owner = place.documents(), {"userId": place.ids["ada"]}
    before = {document["_id"]: document for document in documents.find(owner)}
    newest = max(before.values(), key=lambda document: document["createdAt"])
    bearer = people.bearer(people.log_in(six.auth, "ada", EVERYBODY["ada"]).json()["token"])
    url = six.session.at(f"/api/sessions/{place.ids['ada']}")
    read = requests.get(url, headers=bearer, timeout=10).json()
    assert (read["_id"], read["data"]["text"]) == (str(newest["_id"]), newest["data"]["text"])
    answer = requests.put(url, json={"data": {"text": "ours"}}, headers=bearer, timeout=10)
    assert answer.status_code == 200, answer.text
    after = {document["_id"]: document for document in documents.find(owner)}
    assert set(after) == set(before)
    for _id, document in after.items():
        if _id != newest["_id"]:
            assert document == before[_id]
    changed = after[newest["_id"]]
    assert changed["data"] == {**newest["data"], "text": "ours"}, "a date is still a date"
    # Their session service changes the same document, and ours sees it.
    documents.update_one({"_id": newest["_id"]}, {"$set": {"data.text": "theirs"}})
    stale = {**bearer, "If-Match": answer.headers["ETag"]}
    refused = requests.put(url, json={"data": {"text": "late"}}, headers=stale, timeout=10)
    assert refused.status_code == 412
    assert requests.get(url, headers=bearer, timeout=10).json()["data"]["text"] == "theirs"


def test_hexads_own_tables_stand_beside_theirs(adopted):
    place, _ = adopted
    with place.database() as database:
        tables = {name for (name,) in database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert tables - {"user"} and all(name.startswith("hexad_") for name in tables - {"user"}), tables
