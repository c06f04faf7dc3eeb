"""Registration by a stock SOAP client, in both versions."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import zeep

from journey import envelopes, people, stock_soap
from journey.envelopes import SOAP_1_1, USER_SERVICE

DUPLICATE = "Duplicate user information detected (username, dni, or email)."
SENDER = {"Soap11": "soap:Client", "Soap12": "env:Sender"}


@pytest.fixture(params=["Soap11", "Soap12"])
def binding(request):
    return request.param


@pytest.fixture
def client(hexad, http, binding):
    return stock_soap.client(hexad.user_soap, "/register", binding, http)


def refused(client, fields):
    """Sends the fields and returns what zeep makes of the fault, with the detail's codes."""
    with pytest.raises(zeep.exceptions.Fault) as caught:
        client.registerUser(**fields)
    fault = caught.value
    return fault, *envelopes.error(stock_soap.detail(fault))


def test_a_registration(hexad, client, person):
    answer = client.registerUser(**person.fields())
    assert answer.message == "User registered successfully"
    assert str(uuid.UUID(answer.id)) == answer.id
    assert people.log_in(hexad.auth, person.username, person.password).status_code == 200


def test_text_of_every_kind_is_taken_as_it_is(hexad, client):
    person = people.somebody(
        first_name="Åsa <b>&amp; ]]>",
        last_name='O\'Brien "Ñandú" 🔑',
        city="東京 &#x41;",
        password="пароль <&> ]]> 🔑",
    )
    client.registerUser(**person.fields())
    assert people.log_in(hexad.auth, person.username, person.password).status_code == 200


@pytest.mark.parametrize("field", ["username", "dni", "email"])
def test_a_duplicate_is_a_typed_fault_that_names_the_field(client, binding, person, field):
    client.registerUser(**person.fields())
    twin = people.somebody(**{field: getattr(person, field)})
    fault, code, fields = refused(client, twin.fields())
    assert (fault.code, fault.message, code) == (SENDER[binding], DUPLICATE, "duplicate")
    assert fields == {field: "duplicate"}


def test_a_whole_twin_is_a_duplicate_too(client, person):
    client.registerUser(**person.fields())
    fault, code, fields = refused(client, person.fields())
    assert code == "duplicate"
    assert fields and set(fields) <= {"username", "dni", "email"} and set(fields.values()) == {"duplicate"}


def test_the_detail_of_a_duplicate_holds_the_originals_element(hexad, http, person):
    people.register(hexad.user_soap, person)
    answer = http.post(hexad.user_soap.at("/register"), data=envelopes.register(person.fields()))
    fault = envelopes.faults(answer, SOAP_1_1, "Client", "duplicate")
    assert fault.text == DUPLICATE
    assert fault.detail.findtext(f"{{{USER_SERVICE}}}registerUserResponse/{{{USER_SERVICE}}}message") == DUPLICATE


def test_a_duplicate_as_the_originals_answered_it(programs, hexad, http, person):
    originals = programs.service("user_soap", SOAP_COMPAT="originals")
    people.register(originals, person)
    answer = http.post(originals.at("/register"), data=envelopes.register(person.fields()))
    assert answer.status_code == 409
    assert envelopes.read(answer).response("registerUserResponse") == {"message": DUPLICATE}
    invalid = http.post(originals.at("/register"), data=envelopes.register(person.but(email="x").fields()))
    envelopes.faults(invalid, SOAP_1_1, "Client", "invalid", {"email": "invalid"})


def test_every_wrong_field_is_named_at_once(client, binding, person):
    fault, code, fields = refused(
        client, {**person.fields(), "username": "a b", "email": "nobody", "dni": "1" * 21, "city": "c" * 101}
    )
    assert (fault.code, code) == (SENDER[binding], "invalid")
    assert fields == {"username": "invalid", "email": "invalid", "dni": "invalid", "city": "invalid"}
    assert all(name in fault.message for name in fields), "and told in words"

    nothing = dict.fromkeys(person.fields(), "")
    fault, code, fields = refused(client, {**nothing, "email": "nobody", "city": "  "})
    missing = {name: "missing" for name in ("username", "password", "first_name", "last_name", "dni", "city")}
    assert (code, fields) == ("missing", {**missing, "email": "invalid"})


@pytest.mark.parametrize(("field", "value"), people.WRONG)
def test_a_value_that_breaks_its_rule(hexad, http, person, field, value):
    body = envelopes.register(person.but(**{field: value}).fields())
    answer = http.post(hexad.user_soap.at("/register"), data=body)
    fault = envelopes.faults(answer, SOAP_1_1, "Client", "invalid", {field: "invalid"})
    assert field != "password" or value not in fault.text, "a password is never repeated"
    assert people.log_in(hexad.auth, person.email, person.password).status_code == 401, "nothing is left behind"


def test_values_at_their_bounds(hexad, person):
    number = person.dni
    people.register(hexad.user_soap, people.somebody(username=f"a-{number}".ljust(80, "x"), password="p-_9ñx*"))
    people.register(hexad.user_soap, people.somebody(first_name="x", last_name="ñ" * 100, city="c"))
    people.register(hexad.user_soap, people.somebody(dni=number.ljust(20, "9"), email=f"{number}@e".rjust(120, "x")))
    people.register(hexad.user_soap, people.somebody(password=f"{number} ".ljust(1024, "z")))


def test_white_space_around_a_value_is_no_part_of_it_but_for_the_password(hexad, http):
    person = people.somebody(password=" correct horse \t")
    padded = {name: f"\n  {value}\t" if name != "password" else value for name, value in person.fields().items()}
    assert http.post(hexad.user_soap.at("/register"), data=envelopes.register(padded)).status_code == 200
    assert people.log_in(hexad.auth, person.username, person.password).status_code == 200
    assert people.log_in(hexad.auth, person.username, person.password.strip()).status_code == 401


def test_of_sixteen_at_once_exactly_one_registers(hexad, person):
    def register(number):
        body = envelopes.register(people.somebody(username=person.username).fields())
        return requests.post(hexad.user_soap.at("/register"), data=body, timeout=30)

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(register, range(16)))
    registered = [answer for answer in answers if answer.status_code == 200]
    assert len(registered) == 1
    for answer in answers:
        if answer not in registered:
            envelopes.faults(answer, SOAP_1_1, "Client", "duplicate", {"username": "duplicate"})
