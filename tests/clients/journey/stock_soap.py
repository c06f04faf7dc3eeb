"""zeep, the stock SOAP client, over the description that a service gives of itself."""

from dataclasses import dataclass

import zeep
from lxml import etree
from zeep.cache import Base
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.transports import Transport

__all__ = ["Client", "Fault", "client", "detail", "plain"]


@dataclass
class Typed:
    """An element, and what zeep makes of it by the schema."""

    element: etree._Element
    value: object


class Client:
    """zeep's client for one port of a description."""

    def __init__(self, description, port, session):
        # No cache: zeep's own lies in the home directory.
        transport = Transport(session=session, cache=NoCache(), timeout=10, operation_timeout=20)
        self.made = zeep.Client(description, transport=transport)
        (name,) = self.made.wsdl.services
        self.service = self.made.bind(name, port)

    def typed(self, fault):
        """The declared element in a fault's detail."""
        element = detail(fault)[0]
        return Typed(element, self.made.wsdl.types.deserialize(element))


def client(service, path, port, session):
    """zeep's proxy for one port of a service."""
    return Client(service.at(f"{path}?wsdl"), port, session).service


def detail(fault):
    """The element, which zeep keeps as text in one of the versions."""
    found = fault.detail
    return found if isinstance(found, etree._Element) else etree.fromstring(found)


def plain(answer):
    return dict(serialize_object(answer))


class NoCache(Base):
    def add(self, url, content):
        pass

    def get(self, url):
        return None
