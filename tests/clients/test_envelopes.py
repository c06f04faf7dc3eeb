"""Envelopes written by hand: every form that clients send, and every form that hostile ones do."""

import pytest

from journey import envelopes, people
from journey.envelopes import SOAP_1_1, SOAP_1_2, TYPES, USER, USER_SERVICE, envelope

BOTH = pytest.mark.parametrize(("soap", "sender"), [(SOAP_1_1, "Client"), (SOAP_1_2, "Sender")])


@pytest.fixture
def post(hexad, http):
    def post(body, content_type="text/xml", **headers):
        given = {"Content-Type": content_type} if content_type else {}
        return http.post(hexad.user_soap.at("/register"), data=body, headers={**given, **headers})

    return post


def plain(person):
    return "".join(f"<{name}>{value}</{name}>" for name, value in person.fields().items())


def succeeded(answer, soap=SOAP_1_1):
    assert answer.status_code == 200, answer.text
    read = envelopes.read(answer)
    assert read.soap == soap
    return read.response("registerUserResponse")


@pytest.mark.parametrize("soap", [SOAP_1_1, SOAP_1_2])
@pytest.mark.parametrize("namespace", [USER, USER_SERVICE])
def test_both_namespaces_in_both_versions(post, person, soap, namespace):
    body = envelopes.register(person.fields(), soap, namespace)
    assert succeeded(post(body, TYPES[soap]), soap)["message"] == "User registered successfully"


def test_the_envelope_decides_the_version_and_not_the_content_type(post, person):
    succeeded(post(envelopes.register(person.fields(), SOAP_1_2), "text/xml"), SOAP_1_2)
    succeeded(post(envelopes.register(people.somebody().fields(), SOAP_1_1), "application/soap+xml"), SOAP_1_1)
    again = post(envelopes.register(person.fields(), SOAP_1_2), "text/xml")
    envelopes.faults(again, SOAP_1_2, "Sender", "duplicate")


def test_unqualified_fields(post, person):
    succeeded(post(envelope(f'<u:registerUser xmlns:u="{USER}">{plain(person)}</u:registerUser>')))


def test_fields_directly_in_the_body_as_an_original_took_them(post, person):
    succeeded(post(envelope(plain(person))))


def test_a_wrapper_of_any_name(post, person):
    succeeded(post(envelope(f'<x:create xmlns:x="urn:anybody"><user>{plain(person)}</user></x:create>')))


def test_prefixes_comments_and_sections_are_free(post, person):
    fields = "".join(f"<q:{name}><!-- c --><![CDATA[{value}]]></q:{name}>" for name, value in person.fields().items())
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Envelope xmlns="{SOAP_1_1}">\n<Header/>\n<Body>'
        f'<q:registerUser xmlns:q="{USER}">{fields}</q:registerUser></Body>\n</Envelope>\n'
    )
    succeeded(post(body.encode()))


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_other_encodings(post, person, encoding):
    text = envelopes.register(person.but(city="Málaga").fields()).decode()
    succeeded(post(f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)))


@pytest.mark.parametrize("content_type", ["text/xml; charset=UTF-8", "application/xml", "application/soap+xml", None])
def test_content_types_that_pass(post, person, content_type):
    succeeded(post(envelopes.register(person.fields()), content_type))


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/xop+xml", "text/html", "x"],
)
def test_content_types_that_do_not(post, person, content_type):
    answer = post(envelopes.register(person.fields()), content_type)
    envelopes.faults(answer, SOAP_1_1, "Client", "malformed")


ACTIONS = ['""', '"urn:anything"', "http://example.com/user/registerUser", '"http://example.com/userservice/deleteUser"']


@pytest.mark.parametrize("action", ACTIONS)
def test_any_soap_action(post, person, action):
    """It is a hint, and the Body says what is asked for: nothing is chosen by it, so nothing can be smuggled by it."""
    succeeded(post(envelopes.register(person.fields()), SOAPAction=action))
    quoted = action if action.startswith('"') else f'"{action}"'
    content_type = f"{TYPES[SOAP_1_2]}; action={quoted}"
    succeeded(post(envelopes.register(people.somebody().fields(), SOAP_1_2), content_type), SOAP_1_2)


def attachments(person, root_type, start_info=""):
    """An envelope with a file beside it, as SOAP with Attachments or MTOM sends it."""
    parts = [
        (f"Content-Type: {root_type}\r\nContent-ID: <root>", envelopes.register(person.fields())),
        ("Content-Type: image/png\r\nContent-ID: <picture>\r\nContent-Transfer-Encoding: binary", b"\x89PNG\r\n"),
    ]
    body = b"".join(b"--part\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts)
    root = root_type.partition(";")[0]
    content_type = f'multipart/related; boundary=part; type="{root}"; start="<root>"{start_info}'
    return body + b"--part--\r\n", content_type


@pytest.mark.parametrize(
    ("root_type", "start_info"),
    [
        ("text/xml; charset=utf-8", ""),
        ('application/xop+xml; charset=utf-8; type="text/xml"', '; start-info="text/xml"'),
        ('application/xop+xml; charset=utf-8; type="application/soap+xml"', '; start-info="application/soap+xml"'),
    ],
    ids=["SwA", "MTOM, 1.1", "MTOM, 1.2"],
)
def test_attachments_are_malformed_and_register_nobody(post, person, root_type, start_info):
    body, content_type = attachments(person, root_type, start_info)
    fault = envelopes.faults(post(body, content_type), SOAP_1_1, "Client", "malformed")
    assert "text/xml" in fault.text, "it says what is taken"
    succeeded(post(envelopes.register(person.fields())))


@BOTH
def test_missing_empty_and_repeated_elements(post, person, soap, sender):
    fields = person.fields()
    del fields["city"]
    answer = post(envelopes.register({**fields, "dni": "", "email": "x"}, soap), TYPES[soap])
    envelopes.faults(answer, soap, sender, "missing", {"dni": "missing", "email": "invalid", "city": "missing"})

    pairs = [*person.fields().items(), ("email", person.email)]
    answer = post(envelopes.register(pairs, soap), TYPES[soap])
    envelopes.faults(answer, soap, sender, "repeated", {"email": "repeated"})

    pairs = [*person.but(dni="d" * 21).fields().items(), ("email", person.email)]
    answer = post(envelopes.register(pairs, soap), TYPES[soap])
    envelopes.faults(answer, soap, sender, "repeated", {"dni": "invalid", "email": "repeated"})


@BOTH
def test_fields_of_another_namespace_are_not_the_fields(post, person, soap, sender):
    answer = post(envelopes.register(person.fields(), soap, "urn:other"), TYPES[soap])
    envelopes.faults(answer, soap, sender, "missing", {name: "missing" for name in person.fields()})


@BOTH
def test_a_message_cut_short_registers_nobody(post, person, soap, sender):
    whole = envelopes.register(person.fields(), soap)
    for length in (len(whole) - 1, len(whole) - 40, len(whole) // 2):
        envelopes.faults(post(whole[:length], TYPES[soap]), soap, sender, "malformed")
    succeeded(post(whole, TYPES[soap]), soap)


LAUGHS = "".join(f'<!ENTITY l{n} "{10 * f"&l{n - 1};"}">' for n in range(1, 10))
ATTRIBUTES = "".join(f' a{n}="x"' for n in range(60_000))
HOSTILE = {
    "nothing": b"",
    "no XML": b"username=ada",
    "JSON": b'{"username":"ada"}',
    "no Envelope": b"<registerUser/>",
    "an Envelope without a Body": f'<s:Envelope xmlns:s="{SOAP_1_1}"/>'.encode(),
    "two Bodies": f'<s:Envelope xmlns:s="{SOAP_1_1}"><s:Body/><s:Body/></s:Envelope>'.encode(),
    "two documents": envelope("") + envelope(""),
    "a document type": b"<!DOCTYPE s>" + envelope(""),
    "an external document type": b'<!DOCTYPE s SYSTEM "http://127.0.0.1:9/x.dtd">' + envelope(""),
    "an external entity": b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + envelope("<city>&x;</city>"),
    "a billion laughs": f'<!DOCTYPE s [<!ENTITY l0 "ha">{LAUGHS}]>'.encode() + envelope("<city>&l9;</city>"),
    "a document type in UTF-16": (
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + envelope("<city>&x;</city>").decode()
    ).encode("utf-16"),
    "an unknown entity": envelope("<city>&nobody;</city>"),
    "a character that XML does not have": envelope("<city>&#0;</city>"),
    "bad UTF-8": envelope("<city>X</city>").replace(b"X", b"\xff"),
    "a hundred thousand levels": envelope("<a>" * 100_000 + "</a>" * 100_000),
    "a hundred thousand elements": envelope("<a/>" * 100_000),
    "sixty thousand attributes": envelope(f"<a{ATTRIBUTES}/>"),
    "an attribute twice": envelope('<a b="1" b="2"/>'),
    "an unbound prefix": envelope("<q:city>x</q:city>"),
    "an element within a field": envelope("<city><b>x</b></city>"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_malformed(post, name):
    answer = post(HOSTILE[name])
    fault = envelopes.faults(answer, SOAP_1_1, "Client", "malformed")
    assert "root:" not in answer.text and "panic" not in fault.text


def test_a_connection_and_its_service_go_on_after_all_of_them(post, person):
    for message in HOSTILE.values():
        post(message)
    succeeded(post(envelopes.register(person.fields())))


def test_a_message_over_1_mib_is_too_large(post, person):
    large = envelopes.register(person.but(city="c" * 1024 * 1024).fields())
    envelopes.faults(post(large), SOAP_1_1, "Client", "too_large")
    envelopes.faults(post(iter([large[:500_000], large[500_000:]])), SOAP_1_1, "Client", "too_large")


def test_another_envelope_is_a_version_mismatch(post, person):
    answer = post(envelopes.register(person.fields(), "http://www.w3.org/2001/12/soap-envelope"))
    assert answer.status_code == 500
    assert envelopes.read(answer).fault().code == "VersionMismatch"


@pytest.mark.parametrize("soap", [SOAP_1_1, SOAP_1_2])
def test_a_header_that_must_be_understood(post, person, soap):
    def send(must, role=""):
        block = f'<w:Security xmlns:w="urn:w" s:mustUnderstand="{must}" {role}/>'
        return post(envelopes.register(person.fields(), soap, header=f"<s:Header>{block}</s:Header>"), TYPES[soap])

    answer = send("1")
    assert answer.status_code == 500
    assert envelopes.read(answer).fault().code == "MustUnderstand"
    attribute = "actor" if soap == SOAP_1_1 else "role"
    succeeded(send("1", f's:{attribute}="urn:somebody-else"'), soap)


def test_one_that_need_not_be_understood_is_passed_over(post, person):
    header = '<s:Header><w:Trace xmlns:w="urn:w" s:mustUnderstand="0">x</w:Trace></s:Header>'
    succeeded(post(envelopes.register(person.fields(), header=header)))
