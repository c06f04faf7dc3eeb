"""The six programs, started once for all tests on a data folder of their own, and ended also when a test fails."""

import os
from types import SimpleNamespace

import pytest
import requests

# A proxy of the caller's would answer in the place of the programs.
os.environ["NO_PROXY"] = "*"

pytest.register_assert_rewrite(
    "journey.envelopes",
    "journey.pages",
    "journey.people",
    "journey.problems",
    "journey.stock_grpc",
    "journey.uploads",
)

from journey import people, tokens  # noqa: E402
from journey.programs import SERVICES, Programs, free_ports  # noqa: E402

SETTINGS = {
    "SECRET_KEY": tokens.KEY,
    "SECRET_KEYS_PREVIOUS": tokens.PREVIOUS_KEY,
    # The least that is accepted: these tests are about answers, not about the cost of a hash.
    "PASSWORD_ITERATIONS": "100000",
}


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    programs = Programs(tmp_path_factory.mktemp("hexad"), SETTINGS)
    try:
        yield programs
    finally:
        ended_badly = programs.stop()
    assert not ended_badly, "exit codes after SIGTERM"


@pytest.fixture(scope="session")
def hexad(programs):
    """All six, started at the same moment on an empty folder."""
    ports = dict(zip(SERVICES, free_ports(len(SERVICES))))
    started = {
        name: programs.start(program, ports[name], PORT=str(ports[name])) for name, (program, _) in SERVICES.items()
    }
    for name, (_, health) in SERVICES.items():
        started[name].wait_until_healthy(health)
    return SimpleNamespace(**started)


@pytest.fixture
def http():
    with requests.Session() as session:
        yield session


@pytest.fixture
def person():
    """Somebody whom nobody has registered."""
    return people.somebody()


@pytest.fixture(scope="session")
def user(hexad):
    """A registered user for tests that only read: the person, their id, and a token from a login."""
    person = people.somebody()
    user_id = people.register(hexad.user_soap, person)
    token = people.log_in(hexad.auth, person.username, person.password).json()["token"]
    return SimpleNamespace(person=person, id=user_id, token=token)
