"""The six programs on the four real servers, configured by the names that the originals' settings had."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from journey import tokens
from journey.place import Place
from journey.programs import SERVICES, Programs, free_ports


@pytest.fixture(scope="session", autouse=True)
def leave_nothing_behind():
    """The servers may be somebody's who goes on using them."""
    yield
    with ThreadPoolExecutor(8) as side_by_side:
        list(side_by_side.map(Place.remove, Place.made))


@pytest.fixture(scope="module")
def place():
    return Place()


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """Starts programs with settings of the test's own, and ends them all with the module."""
    # APP_ENV=production: nothing may be embedded by oversight.
    settings = {
        "HOST": "127.0.0.1",
        "APP_ENV": "production",
        "JWT_SECRET": tokens.KEY,
        "PASSWORD_ITERATIONS": "100000",
    }
    programs = Programs(tmp_path_factory.mktemp("servers"), settings)
    try:
        yield programs
    finally:
        ended_badly = programs.stop()
    assert not ended_badly, "exit codes after SIGTERM"


def all_six(programs, settings):
    """All six, started at the same moment."""
    ports = dict(zip(SERVICES, free_ports(len(SERVICES))))
    services = {
        name: programs.start(program, ports[name], PORT=str(ports[name]), **settings)
        for name, (program, _) in SERVICES.items()
    }
    for name, (_, health) in SERVICES.items():
        services[name].wait_until_healthy(health)
    return SimpleNamespace(**services)


@pytest.fixture(scope="module")
def six(place, started):
    return all_six(started, place.settings())
