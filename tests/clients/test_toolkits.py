"""The journey of somebody who has a SOAP toolkit and the URL of a description, with four toolkits in both versions."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from journey import people, toolkits
from journey.counter import Counter
from journey.programs import ROOT

DUPLICATE = "Duplicate user information detected (username, dni, or email)."
PORTS = ["Soap11", "Soap12"]
SENDER = {"Soap11": "Client", "Soap12": "Sender"}
ORIGINALS = ROOT / "tests/clients/originals/registration.wsdl"
# What each toolkit calls the fault that is declared.
TYPES = {"Apache CXF": {"registration": "RegisterUserFault", "lookup": "GetUserByUsernameFault"}}


def register(fields, **more):
    return {"service": "registration", "operation": "registerUser", "fields": fields, **more}


def look_up(username):
    return {"service": "lookup", "operation": "getUserByUsername", "fields": {"username": username}}


def somebody():
    return people.somebody(
        first_name="Åsa <b>&amp; ]]>",
        last_name='O\'Brien "Ñandú" 🔑',
        city="東京 &#x41;",
        password="пароль <&> ]]> 🔑",
    )


def wrong(person):
    return {**person.fields(), "username": "a b", "email": "nobody", "dni": "1" * 21, "city": "c" * 101}


def journey(person):
    return [
        register(person.fields()),
        register(person.fields()),
        register(wrong(people.somebody())),
        look_up(person.username),
        look_up("nobody"),
    ]


def at_the_bounds():
    """People whom the service takes, though only just."""
    return [
        people.somebody(username=f"\n {people.somebody().dni}".ljust(80, "x") + " \t"),
        people.somebody(first_name="x" * 100 + "\u2003", last_name="\u3000ñ  ñ\n", city="🔑" * 100),
        people.somebody(email=f"  {people.somebody().dni}@e\u00a0", password=" ñ 🔑"),
    ]


def beyond_the_bounds():
    """Fields that it does not take, each with one thing wrong."""
    one = wrong(people.somebody())
    changes = [{name: one[name]} for name in ("username", "email", "dni", "city")]
    changes += [{"password": "x"}, {"password": "x" * 1025}, {"city": " \n\u2003"}, {"first_name": ""}, {"dni": None}]
    return [{**people.somebody().fields(), **change} for change in changes]


# By what holds its own messages to the schema.
STRICT = [register(person.fields(), strict=True) for person in at_the_bounds()]
STOPPED = [register(fields, strict=True) for fields in beyond_the_bounds()]
MORE = {("Apache CXF", "Soap11"): STRICT + STOPPED}


@pytest.fixture(scope="module")
def travelled(hexad):
    """The same journey with each toolkit, all at once: how it went, and over how many connections."""
    people_of = {name: {port: somebody() for port in PORTS} for name in toolkits.ALL}

    def travel(name):
        registration, lookup = Counter(hexad.user_soap.port).open(), Counter(hexad.user_lookup.port).open()
        try:
            plan = {
                "services": {"registration": registration.at("/register?wsdl"), "lookup": lookup.at("/user/soap?wsdl")},
                "calls": {
                    port: journey(person) + MORE.get((name, port), []) for port, person in people_of[name].items()
                },
            }
            told = toolkits.ALL[name](plan)
            return SimpleNamespace(told=told, people=people_of[name], posts=(registration.posts, lookup.posts))
        finally:
            registration.close(), lookup.close()

    with ThreadPoolExecutor(len(toolkits.ALL)) as threads:
        return dict(zip(toolkits.ALL, threads.map(travel, toolkits.ALL)))


@pytest.fixture(params=toolkits.ALL)
def toolkit(request):
    return request.param


@pytest.fixture(params=PORTS)
def port(request):
    return request.param


@pytest.fixture
def outcomes(travelled, toolkit, port):
    names = ["registered", "again", "wrong", "found", "unknown"]
    told = travelled[toolkit].told[port][: len(names)]
    return SimpleNamespace(person=travelled[toolkit].people[port], **dict(zip(names, told, strict=True)))


def the_fault(outcome, toolkit, service, port):
    fault = outcome["fault"]
    assert fault["type"] == TYPES.get(toolkit, {}).get(service, "error")
    if toolkit != "Apache CXF":
        assert fault["code"] == SENDER[port]
    return fault


def test_text_of_every_kind_is_registered(hexad, outcomes):
    answer = outcomes.registered["answer"]
    assert answer["message"] == "User registered successfully"
    assert str(uuid.UUID(answer["id"])) == answer["id"]
    person = outcomes.person
    assert people.log_in(hexad.auth, person.username, person.password).status_code == 200


def test_a_duplicate_is_a_typed_fault(outcomes, toolkit, port):
    fault = the_fault(outcomes.again, toolkit, "registration", port)
    assert (fault["text"], fault["error"]) == (DUPLICATE, "duplicate")
    assert fault["fields"] == {"username": "duplicate", "dni": "duplicate", "email": "duplicate"}


def test_several_invalid_fields_are_a_typed_fault(outcomes, toolkit, port):
    fault = the_fault(outcomes.wrong, toolkit, "registration", port)
    assert fault["error"] == "invalid"
    assert fault["fields"] == {"username": "invalid", "dni": "invalid", "email": "invalid", "city": "invalid"}
    assert all(name in fault["text"] for name in fault["fields"]), "and told in words"


def test_a_user_is_found(outcomes):
    answer = outcomes.found["answer"]
    assert answer == {"id": outcomes.registered["answer"]["id"], "username": outcomes.person.username}


def test_an_unknown_user_is_a_typed_fault(outcomes, toolkit, port):
    fault = the_fault(outcomes.unknown, toolkit, "lookup", port)
    assert (fault["error"], fault["fields"]) == ("not_found", {})


def test_calls_share_a_connection(travelled, toolkit):
    registration, lookup = travelled[toolkit].posts
    # A client for each version, or one for both; what is stopped is never sent.
    assert len(registration) <= 2 and sum(registration) == 6 + len(STRICT) * (toolkit == "Apache CXF")
    assert len(lookup) <= 2 and sum(lookup) == 4


def test_a_client_that_holds_messages_to_the_schema_sends_what_the_service_takes_and_nothing_else(travelled):
    told = travelled["Apache CXF"].told["Soap11"][-len(STRICT + STOPPED) :]
    assert [list(outcome) for outcome in told] == [["answer"]] * len(STRICT) + [["stopped"]] * len(STOPPED), told


@pytest.mark.parametrize("name", ["zeep", "soap for Node.js", "PHP's SoapClient"])
def test_a_client_made_from_the_originals_description(hexad, tmp_path, name):
    """It sends the fields unqualified and directly in the Body."""
    description = tmp_path / "originals.wsdl"
    original = ORIGINALS.read_text(encoding="utf-8")
    assert "http://127.0.0.1:5002" in original
    description.write_text(original.replace("http://127.0.0.1:5002", hexad.user_soap.url), encoding="utf-8")
    person = somebody()
    plan = {
        "services": {"registration": str(description)},
        "calls": {"Soap11": [register(person.fields())]},
        "wrapped": False,
    }
    (outcome,) = toolkits.ALL[name](plan)["Soap11"]
    assert outcome["answer"]["message"] == "User registered successfully"
    assert people.log_in(hexad.auth, person.username, person.password).status_code == 200


def test_what_the_basic_profile_forbids_would_not_pass(travelled):
    """CXF has held our descriptions to it: this one it refuses."""
    assert "WSI-BP-1.0 R2210 violation" in toolkits.refused_by_cxf(str(ORIGINALS))
