"""The schema in a service's own description, in the hands of libxml2."""

import requests
from lxml import etree

WSDL = "http://schemas.xmlsoap.org/wsdl/"
SCHEMA = "http://www.w3.org/2001/XMLSchema"
SOAP = {"Soap11": "http://schemas.xmlsoap.org/wsdl/soap/", "Soap12": "http://schemas.xmlsoap.org/wsdl/soap12/"}


def description(service, path, headers=None, query="wsdl"):
    answer = requests.get(service.at(f"{path}?{query}"), headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    return etree.fromstring(answer.content)


def addresses(wsdl):
    """The address of each port, by its name."""
    ports = wsdl.findall(f"{{{WSDL}}}service/{{{WSDL}}}port")
    return {port.get("name"): port.find(f"{{{SOAP[port.get('name')]}}}address").get("location") for port in ports}


class Types:
    """Judges elements by the global element that the description has of their name."""

    def __init__(self, wsdl):
        schemas = wsdl.findall(f"{{{WSDL}}}types/{{{SCHEMA}}}schema")
        self._schemas = {
            schema.get("targetNamespace"): etree.XMLSchema(etree.fromstring(etree.tostring(schema)))
            for schema in schemas
        }

    def allow(self, element):
        return self._schema(element).validate(_alone(element))

    def hold(self, element):
        self._schema(element).assertValid(_alone(element))

    def _schema(self, element):
        namespace = etree.QName(element).namespace
        assert namespace in self._schemas, f"the description has no type for {element.tag}"
        return self._schemas[namespace]


def _alone(element):
    """The element as a document of its own."""
    return etree.fromstring(etree.tostring(element, with_tail=False))
