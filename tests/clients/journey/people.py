"""People to register: each test has its own, so that tests never meet."""

import itertools
import uuid
from dataclasses import asdict, dataclass, replace

import requests

from journey import envelopes

# Values that break the rule of their field, with its name.
WRONG = [
    (field, value)
    for field, values in [
        ("username", ["ab", "a" * 81, "añb", "a@b", "a b", "<b>x</b>"]),
        ("password", ["short", "p" * 1025, "password1", "PassWord1", "ñ" * 513]),
        ("first_name", ["f" * 101]),
        ("last_name", ["l" * 101]),
        ("dni", ["d" * 21]),
        ("email", ["@b", "a@", "a@b@c", "ab", "a b@c", "a\tb@c", "e" * 119 + "@b"]),
        ("city", ["ñ" * 101]),
    ]
    for value in values
]

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    username: str
    password: str
    first_name: str
    last_name: str
    dni: str
    email: str
    city: str

    def fields(self):
        return asdict(self)

    def but(self, **changes):
        return replace(self, **changes)


def somebody(**changes):
    """A person whom nobody has registered."""
    number = f"{next(_numbers)}-{uuid.uuid4().hex[:8]}"
    person = Person(
        username=f"Ada.{number}",
        password=f"correct horse {number}",
        first_name="Ada",
        last_name="Lovelace",
        dni=f"D{number}",
        email=f"ada.{number}@example.org",
        city="London",
    )
    return person.but(**changes)


def register(service, person):
    """Registers a person with a plain envelope, and returns their id."""
    answer = requests.post(
        service.at("/register"),
        data=envelopes.register(person.fields()),
        headers={"Content-Type": "text/xml; charset=utf-8"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return envelopes.read(answer).response("registerUserResponse")["id"]


def log_in(service, name, password):
    return requests.post(service.at("/login"), json={"username": name, "password": password}, timeout=20)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}
