"""Looking users up: the originals' GET, and a stock SOAP client in both versions."""

import pytest
import requests
import zeep

from journey import envelopes, raw, stock_soap
from journey.envelopes import SOAP_1_1, SOAP_1_2, TYPES, WEBSERVICE, envelope, error, faults, read

BOTH = pytest.mark.parametrize(("soap", "sender"), [(SOAP_1_1, "Client"), (SOAP_1_2, "Sender")])


def get(hexad, **parameters):
    return requests.get(hexad.user_lookup.at("/user/soap"), params=parameters, timeout=10)


def test_the_originals_get(hexad, user):
    answer = get(hexad, username=user.person.username)
    assert answer.status_code == 200
    found = read(answer).response("getUserByUsernameResponse", WEBSERVICE)
    assert found == {"id": user.id, "username": user.person.username}


def test_get_without_a_name(hexad):
    for parameters in ({}, {"username": ""}, {"user": "x"}):
        answer = get(hexad, **parameters)
        assert answer.status_code == 400
        fault = read(answer).fault()
        assert (fault.code, fault.error, fault.fields) == ("Client", "missing", {"username": "missing"})


def test_get_with_a_query_that_says_nothing_clear(hexad):
    for query, code in (
        ("username=a&username=b", "repeated"),
        ("username=%ff", "malformed"),
        ("username=%", "malformed"),
    ):
        answer = raw.get(hexad.user_lookup, f"/user/soap?{query}")
        assert answer.status_code == 400
        fault = read(answer).fault()
        assert (fault.code, fault.error) == ("Client", code), query


def test_get_of_an_unknown_user(hexad, user):
    person = user.person
    for name in (
        person.username.upper(),
        person.email,
        f" {person.username}",
        "<&>\"']]>",
        "名無し",
        "a\0b",
        "x" * 5000,
    ):
        answer = get(hexad, username=name)
        assert answer.status_code == 404, name
        fault = read(answer).fault()
        assert (fault.code, fault.error) == ("Client", "not_found")


def test_head(hexad, http, user):
    answer = http.head(hexad.user_lookup.at("/user/soap"), params={"username": user.person.username})
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("binding", ["Soap11", "Soap12"])
def test_a_stock_client(hexad, http, user, binding):
    client = stock_soap.client(hexad.user_lookup, "/user/soap", binding, http)
    found = client.getUserByUsername(username=user.person.username)
    assert (found.id, found.username) == (user.id, user.person.username)
    for name, code, fields in (("nobody", "not_found", {}), ("", "missing", {"username": "missing"})):
        with pytest.raises(zeep.exceptions.Fault) as caught:
            client.getUserByUsername(username=name)
        fault = caught.value
        assert fault.code == {"Soap11": "soap:Client", "Soap12": "env:Sender"}[binding]
        assert error(stock_soap.detail(fault)) == (code, fields)


@BOTH
def test_faults_by_post(hexad, http, user, soap, sender):
    def post(body, content_type=TYPES[soap]):
        return http.post(hexad.user_lookup.at("/user/soap"), data=body, headers={"Content-Type": content_type})

    found = post(envelopes.get_user(user.person.username, soap))
    assert found.status_code == 200
    assert read(found).response("getUserByUsernameResponse", WEBSERVICE)["id"] == user.id
    faults(post(envelopes.get_user("<nobody> & co", soap)), soap, sender, "not_found")
    faults(post(envelopes.get_user("", soap)), soap, sender, "missing", {"username": "missing"})
    two = "<w:username>a</w:username><w:username>b</w:username>"
    twice = f'<w:getUserByUsername xmlns:w="{WEBSERVICE}">{two}</w:getUserByUsername>'
    faults(post(envelope(twice, soap)), soap, sender, "repeated", {"username": "repeated"})
    faults(post(envelope("<other/>", soap)), soap, sender, "malformed")
    faults(post(envelope("", soap)), soap, sender, "malformed")
    faults(post(envelopes.get_user("x", soap)[:-5]), soap, sender, "malformed")
    faults(post(b"{}", "application/json"), SOAP_1_1, "Client", "malformed")
    dtd = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    answer = post(dtd + envelopes.get_user("&e;", soap).replace(b"&amp;e;", b"&e;"))
    assert answer.status_code == 500 and "root:" not in answer.text
    assert read(answer).fault().error == "malformed"
