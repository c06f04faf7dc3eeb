"""zeep, the stock SOAP client, over the descriptions beside the tests."""

from pathlib import Path

import zeep
from zeep.cache import Base
from zeep.transports import Transport

HERE = Path(__file__).resolve().parent.parent


def client(description, binding, url, session):
    """zeep's proxy for one binding of a description, sent to where the service listens."""
    # No cache: zeep's own lies in the home directory.
    transport = Transport(session=session, cache=NoCache(), timeout=10, operation_timeout=20)
    made = zeep.Client(str(HERE / f"{description}.wsdl"), transport=transport)
    (service,) = made.wsdl.services.values()
    return made.create_service(service.ports[binding].binding.name.text, url)


class NoCache(Base):
    def add(self, url, content):
        pass

    def get(self, url):
        return None
