"""Requests that requests would not send as they are: targets that it mends, headers that come twice."""

import http.client
import json
from dataclasses import dataclass


@dataclass
class Raw:
    """An answer, with the names that the readers of answers here ask for."""

    status_code: int
    headers: http.client.HTTPMessage
    content: bytes

    def json(self):
        return json.loads(self.content)

    @property
    def text(self):
        return self.content.decode()


def get(service, target, headers=()):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    try:
        connection.putrequest("GET", target)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return Raw(answer.status, answer.headers, answer.read())
    finally:
        connection.close()
