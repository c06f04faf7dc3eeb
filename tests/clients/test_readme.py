"""The README's journey with curl gives what the README shows."""

import re

import pytest

from journey import console
from journey.patience import until
from journey.programs import ROOT, Programs, free_ports

PORTS = {"AUTH": 5001, "USER_SOAP": 5002, "SESSION": 5004, "IMAGE": 5015, "USER_LOOKUP": 5016, "CONNECTED": 5020}


@pytest.fixture
def suite(tmp_path):
    """All six services in one process, started as the README says, but for the ports. Gives the ports to use."""
    programs = Programs(tmp_path, {})
    ports = dict(zip(PORTS, free_ports(len(PORTS))))
    try:
        hexad = programs.start("hexad", ports["AUTH"], **{f"{name}_PORT": str(port) for name, port in ports.items()})
        for port in ports.values():
            hexad.port = port
            hexad.wait_until_healthy("/readyz")
        yield {str(PORTS[name]): str(port) for name, port in ports.items()}
    finally:
        assert not programs.stop()


@pytest.fixture
def reader(tmp_path):
    """A folder that looks like the checkout, and takes what the commands write."""
    folder = tmp_path / "reader"
    folder.mkdir()
    for entry in ROOT.iterdir():
        (folder / entry.name).symlink_to(entry)
    return folder


def test_the_journey(suite, reader):
    steps = console.steps((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(steps) >= 7, "register, log in, profile, session, upload and fetch, look up, last connection"
    answered_for = {}

    def here(text):
        """The README's text with the ports, and the UUIDs, of this run."""
        text = re.sub(
            r"(127\.0\.0\.1|localhost):(\d+)", lambda found: f"{found[1]}:{suite.get(found[2], found[2])}", text
        )
        return console.UUID.sub(lambda found: answered_for.get(found[0], found[0]), text)

    with console.Shell(reader) as shell:
        for step in steps:
            shown = "\n".join(step.answer)
            command = here(step.command)
            answered = shell.run(command)

            def as_shown():
                nonlocal answered
                # What a login brings about in another service comes a moment later, before any reader has typed on.
                if not console.matches(here(shown), answered) and step.only_reads:
                    answered = shell.run(command)
                return console.matches(here(shown), answered)

            try:
                until(as_shown, "the answer that is shown", deadline=5 if step.only_reads else 0)
            except TimeoutError:
                pytest.fail(f"$ {command}\n\nshows\n{here(shown)}\n\nanswers\n{answered}")
            answered_for.update(zip(console.UUID.findall(shown), console.UUID.findall(answered)))
