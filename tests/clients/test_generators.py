"""What stock generators and parsers make of the documents that the services have of themselves."""

import json

from journey import people, toolkits
from journey.programs import ROOT


def test_a_client_in_typescript_is_made_from_the_live_documents(hexad, tmp_path):
    person = people.somebody()
    people.register(hexad.user_soap, person)
    services = {name: getattr(hexad, name).at("/openapi.json") for name in ("auth", "session", "image", "connected")}
    bases = [getattr(hexad, name).at("") for name in services]
    told = toolkits.typescript(tmp_path, services, [*bases, person.username, person.password])
    assert told == {
        "code": "invalid_credentials",
        "message": "Invalid credentials",
        "tokenType": "Bearer",
        "data": {"colour": "red", "size": 7},
        "phrase": "a few seconds ago",
        "picture": [206, "GIF"],
        "sameUser": True,
    }


def test_asyncapi_itself_finds_nothing_wrong_with_the_events():
    told = toolkits.asyncapi((ROOT / "docs/api/events.asyncapi.json").read_text())
    assert told["wrong"] == []
    assert "auth.UserLoggedIn" in told["channels"] and "sendUserRegistered" in told["operations"]
    assert len(told["messages"]) == 12
