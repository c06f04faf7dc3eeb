"""SOAP envelopes written by hand, and answers read with a stock XML parser."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_1_2 = "http://www.w3.org/2003/05/soap-envelope"
TYPES = {SOAP_1_1: "text/xml; charset=utf-8", SOAP_1_2: "application/soap+xml; charset=utf-8"}

USER = "http://example.com/user"
USER_SERVICE = "http://example.com/userservice"
WEBSERVICE = "http://www.example.org/webservice"


def envelope(body, soap=SOAP_1_1, header=""):
    return f'<s:Envelope xmlns:s="{soap}">{header}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def register(fields, soap=SOAP_1_1, namespace=USER, header=""):
    """`fields` is a dict, or pairs where one name comes twice."""
    pairs = fields.items() if isinstance(fields, dict) else fields
    elements = "".join(f"<u:{name}>{escape(value)}</u:{name}>" for name, value in pairs)
    return envelope(f'<u:registerUser xmlns:u="{namespace}">{elements}</u:registerUser>', soap, header)


def get_user(username, soap=SOAP_1_1):
    return envelope(
        f'<w:getUserByUsername xmlns:w="{WEBSERVICE}"><w:username>{escape(username)}</w:username>'
        "</w:getUserByUsername>",
        soap,
    )


@dataclass
class Fault:
    """A fault of either version, in the terms of SOAP 1.1."""

    soap: str
    code: str
    text: str
    error: str
    fields: dict
    detail: etree._Element


@dataclass
class Answer:
    soap: str
    body: etree._Element

    def response(self, name, namespace=USER_SERVICE):
        """The children of the one response element, by their names."""
        (element,) = self.body
        assert element.tag == f"{{{namespace}}}{name}", etree.tostring(self.body)
        assert all(child.tag.startswith(f"{{{namespace}}}") for child in element)
        return {etree.QName(child).localname: child.text for child in element}

    def fault(self):
        (fault,) = self.body
        assert fault.tag == f"{{{self.soap}}}Fault", etree.tostring(self.body)
        if self.soap == SOAP_1_1:
            code, text, detail = fault.findtext("faultcode"), fault.findtext("faultstring"), fault.find("detail")
        else:
            code = fault.findtext(f"{{{SOAP_1_2}}}Code/{{{SOAP_1_2}}}Value")
            text = fault.findtext(f"{{{SOAP_1_2}}}Reason/{{{SOAP_1_2}}}Text")
            detail = fault.find(f"{{{SOAP_1_2}}}Detail")
        # The code is a QName: its prefix must mean the envelope's own namespace.
        prefix, _, local = code.partition(":")
        assert fault.nsmap[prefix] == self.soap
        return Fault(self.soap, local, text, *error(detail), detail)


def error(detail):
    """What the detail says: the outer code, and the code of each field."""
    found = detail.find(f"{{{USER_SERVICE}}}error") if detail is not None else None
    if found is None:
        return None, {}
    name = f"{{{USER_SERVICE}}}name"
    code = f"{{{USER_SERVICE}}}code"
    assert not any(element.attrib for element in found.iter()), "PHP's SoapClient drops attributes there"
    fields = {field.findtext(name): field.findtext(code) for field in found.findall(f"{{{USER_SERVICE}}}field")}
    return found.findtext(code), fields


def read(answer):
    """The envelope in an HTTP answer; its content type must be that of its version."""
    root = etree.fromstring(answer.content)
    soap = etree.QName(root).namespace
    assert answer.headers["Content-Type"] == TYPES[soap]
    return Answer(soap, root.find(f"{{{soap}}}Body"))


def faults(answer, soap, code, error_code, fields=None):
    """Holds an answer to be that fault, by POST."""
    assert answer.status_code == 500, answer.text
    fault = read(answer).fault()
    assert (fault.soap, fault.code, fault.error) == (soap, code, error_code), answer.text
    if fields is not None:
        assert fault.fields == fields, answer.text
    assert fault.text
    return fault
