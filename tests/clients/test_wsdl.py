"""What the services say of themselves (`?wsdl`), against what they do: every answer by its own schema, in both versions,
and every value that the schema stops against the service's own judgement."""

import http.client
import re
from contextlib import contextmanager
from urllib.parse import urljoin

import pytest
import requests
from lxml import etree

from journey import envelopes, pages, people
from journey.envelopes import SOAP_1_1, SOAP_1_2, TYPES, USER, envelope
from journey.patience import until
from journey.programs import SERVICES, free_ports
from journey.schema import Types, addresses, description

REGISTER, LOOKUP = "/register", "/user/soap"
# All that the table of errors has for SOAP, but for `internal`, which nothing from outside brings about.
CODES = {
    *("malformed", "missing", "repeated", "invalid", "too_large"),
    *("not_found", "duplicate", "busy", "unavailable"),
}


@pytest.fixture(scope="module")
def registration(hexad):
    return Types(description(hexad.user_soap, REGISTER))


@pytest.fixture(scope="module")
def lookup(hexad):
    return Types(description(hexad.user_lookup, LOOKUP))


@pytest.fixture(scope="module")
def away(programs):
    """Both services with a database that nobody can reach."""
    return {name: start_without_database(programs, name) for name in ("user_soap", "user_lookup")}


def start_without_database(programs, name, **settings):
    program, _ = SERVICES[name]
    nobody, port = free_ports(2)
    nowhere = f"postgres://nobody@127.0.0.1:{nobody}/none"
    started = programs.start(program, port, PORT=str(port), HOST="127.0.0.1", DATABASE_URL=nowhere, **settings)
    started.wait_until_healthy("/livez")
    return started


@pytest.fixture(params=[SOAP_1_1, SOAP_1_2], ids=["1.1", "1.2"])
def soap(request):
    return request.param


@contextmanager
def crowded(service, path):
    """A service that serves one request at a time, while one that does not end has the place."""
    waiting = []

    def full():
        # Whoever looks needs the place too, and may have been there before the one that is to keep it.
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
        waiting.append(connection)
        connection.putrequest("POST", path)
        connection.putheader("Content-Type", "text/xml")
        connection.putheader("Content-Length", "1000")
        connection.endheaders(b"<")
        return requests.get(service.at(f"{path}?wsdl"), timeout=10).status_code == 503

    try:
        until(full, "the place to be taken")
        yield service
    finally:
        for connection in waiting:
            connection.close()


def post(service, path, body, soap):
    return requests.post(service.at(path), data=body, headers={"Content-Type": TYPES[soap]}, timeout=30)


def hold(types, answer, soap):
    """Holds what is the service's own in an answer to its schema, and returns its code, if it is a fault."""
    read = envelopes.read(answer)
    assert read.soap == soap
    (element,) = read.body
    if etree.QName(element).localname != "Fault":
        types.hold(element)
        return None
    fault = read.fault()
    # SOAP 1.1, 4.4: a fault that is not about the Body has no detail.
    for entry in [] if fault.detail is None else fault.detail:
        types.hold(entry)
    return fault.error


def test_every_answer_of_the_registration_is_as_its_schema_says(programs, hexad, away, registration, soap):
    person = people.somebody()
    fields = person.fields()
    originals = programs.service("user_soap", SOAP_COMPAT="originals")
    small = programs.service("user_soap", MAX_REQUESTS="1")
    held = []

    def answered(body, service=hexad.user_soap):
        held.append(hold(registration, post(service, REGISTER, body, soap), soap))
        return held[-1]

    def register(changes=(), service=hexad.user_soap):
        return answered(envelopes.register({**fields, **dict(changes)}, soap), service)

    assert register() is None
    assert register() == "duplicate"
    assert register(service=originals) is None, "as the originals answered it, with no fault"
    assert register({"dni": people.somebody().dni}) == "duplicate"
    assert register({"email": "nobody", "city": "c" * 101}) == "invalid"
    assert register({"email": "nobody", "city": ""}) == "missing"
    assert answered(envelopes.register([*fields.items(), ("dni", "1"), ("email", "x")], soap)) == "repeated"
    assert answered(envelope("", soap)) == "missing"
    assert answered(envelopes.register(fields, soap)[:-9]) == "malformed"
    assert register({"city": "c" * (1 << 20)}) == "too_large"
    assert register(service=away["user_soap"]) == "unavailable"
    with crowded(small, REGISTER):
        assert register(service=small) == "busy"
    must = '<s:Header><w:Security xmlns:w="urn:w" s:mustUnderstand="1"/></s:Header>'
    assert answered(envelopes.register(fields, soap, header=must)) is None, "no detail"
    assert set(held) - {None} == CODES - {"not_found"}


def test_every_answer_of_the_lookup_is_as_its_schema_says(programs, hexad, away, lookup, soap, user):
    small = programs.service("user_lookup", MAX_REQUESTS="1")
    held = []

    def answered(body, service=hexad.user_lookup):
        held.append(hold(lookup, post(service, LOOKUP, body, soap), soap))
        return held[-1]

    def look_up(username, service=hexad.user_lookup):
        return answered(envelopes.get_user(username, soap), service)

    assert look_up(user.person.username) is None
    assert look_up("<nobody> & co") == "not_found"
    assert look_up("") == "missing"
    twice = envelopes.get_user("x", soap).replace(b"<w:username>", b"<w:username>a</w:username><w:username>")
    assert answered(twice) == "repeated"
    assert answered(envelope("<other/>", soap)) == "malformed"
    assert look_up("x" * (1 << 20)) == "too_large"
    assert look_up("ada", away["user_lookup"]) == "unavailable"
    with crowded(small, LOOKUP):
        assert look_up("ada", small) == "busy"
    assert set(held) - {None} == CODES - {"invalid", "duplicate"}

    by_get = [({"username": user.person.username}, None), ({"username": "nobody"}, "not_found"), ({}, "missing")]
    for parameters, code in by_get:
        answer = requests.get(hexad.user_lookup.at(LOOKUP), params=parameters, timeout=10)
        assert hold(lookup, answer, SOAP_1_1) == code, "by GET too"


@pytest.mark.parametrize("code", [*sorted(CODES), "internal"])
def test_the_schema_lists_every_code(registration, lookup, code):
    error = f'<error xmlns="{envelopes.USER_SERVICE}"><code>{code}</code></error>'
    assert registration.allow(etree.fromstring(error)) and lookup.allow(etree.fromstring(error))


def test_the_schema_lists_no_other_code(registration, lookup):
    error = etree.fromstring(f'<error xmlns="{envelopes.USER_SERVICE}"><code>other</code></error>')
    assert not registration.allow(error) and not lookup.allow(error)


def request_element(fields):
    element = etree.Element(f"{{{USER}}}registerUser")
    for name, value in fields.items():
        etree.SubElement(element, f"{{{USER}}}{name}").text = value
    return element


# What the service judges by more than the schema can say: bytes, and a list of passwords.
BEYOND_A_SCHEMA = {("password", value) for value in ("short", "password1", "PassWord1", "ñ" * 513)}


@pytest.mark.parametrize(("field", "value"), people.WRONG)
def test_the_schema_stops_what_the_service_does_not_take(registration, field, value):
    allowed = registration.allow(request_element(people.somebody(**{field: value}).fields()))
    assert allowed == ((field, value) in BEYOND_A_SCHEMA)


SPACES = [("", ""), (" \n", "\t"), ("\u00a0", "\u2003\u3000"), ("\u0085", "\u2028"), ("\u200b", "\ufeff")]
LENGTHS = [0, 1, 2, 3, 7, 8, 20, 21, 80, 81, 100, 101, 120, 121, 1024, 1025]


def values_of_every_length(field):
    for letter in ["x", "ñ", "🔑"]:
        for length in LENGTHS:
            value = letter * length
            if field == "email" and length > 2:
                value = value[:-2] + "@" + letter
            yield from (before + value + after for before, after in SPACES)


@pytest.mark.parametrize("field", people.somebody().fields())
def test_what_the_schema_stops_the_service_would_refuse(hexad, http, registration, field):
    """At and beyond each bound, with white space of several kinds around it, and what only looks like white space."""
    people_of = [people.somebody(**{field: value}) for value in values_of_every_length(field)]
    stopped = [person for person in people_of if not registration.allow(request_element(person.fields()))]
    assert 0 < len(stopped) < len(people_of)
    for person in stopped:
        answer = http.post(hexad.user_soap.at(REGISTER), data=envelopes.register(person.fields()))
        fault = envelopes.read(answer).fault()
        assert fault.fields == {field: fault.error} and fault.error in ("missing", "invalid"), person


def test_the_description_tells_the_address_that_it_was_asked_at(hexad):
    for service, path in [(hexad.user_soap, REGISTER), (hexad.user_lookup, LOOKUP)]:
        for query in ["wsdl", "WSDL", "wsdl=", "Wsdl"]:
            wsdl = description(service, path, query=query)
            assert addresses(wsdl) == {"Soap11": service.at(path), "Soap12": service.at(path)}
        wsdl = description(service, path, headers={"Host": "soap.example"})
        assert set(addresses(wsdl).values()) == {f"http://soap.example{path}"}
        head = requests.head(service.at(f"{path}?wsdl"), timeout=10)
        assert (head.status_code, head.content) == (200, b"") and int(head.headers["Content-Length"]) > 1000
    plain = requests.get(hexad.user_soap.at(REGISTER), timeout=10)
    assert (plain.status_code, plain.headers["Allow"]) == (405, "POST")
    assert "/register?wsdl" in plain.json()["detail"]


@pytest.mark.parametrize(("name", "path"), [("user_soap", "register"), ("user_lookup", "user/soap")])
def test_a_page_to_read_leads_to_the_description_wherever_a_proxy_has_it(hexad, http, name, path):
    service = getattr(hexad, name)
    page = pages.fetch(http, service)
    (link,) = re.findall('href="([^"]*wsdl)"', page.text)
    assert link == f"{path}?wsdl", "relative, as the page may be under a path of the proxy's"
    assert http.get(urljoin(page.url, link)).headers["Content-Type"].startswith("text/xml")
