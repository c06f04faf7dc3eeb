"""What each REST service says of itself, held against what it does, by schemathesis."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from journey import pages, people
from journey.programs import ROOT

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
# Always the same cases: a finding on one machine is one on every other.
SEED = "20261126"

# No token is 403 here, as it always was, and this one knows 401 alone; `ignored_auth` tries that a token is needed.
CHECKS = ["--checks", "all", "--exclude-checks", "missing_required_header"]

# A stale If-Match is 412. U+0000 has no place in a session's data, which no schema of JSON can say of any depth.
CONFIG = """
[generation]
allow-x00 = false

# A condition is looked at before the body, so that no body need be sent in vain.
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 415]

[checks.positive_data_acceptance]
expected-statuses = STATUSES

[warnings]
enabled = false

[parameters]
"""


@pytest.fixture
def somebody(hexad):
    """A user of the test's own: their token may be revoked."""
    person = people.somebody()
    user_id = people.register(hexad.user_soap, person)
    token = people.log_in(hexad.auth, person.username, person.password).json()["token"]
    return person, user_id, token


def holds(tmp_path, service, token=None, parameters=None, more=(), accepted=()):
    """Runs every check of schemathesis on the service's own document. What it holds for good data may be answered with
    those statuses besides."""
    statuses = ["2xx", 304, 401, 403, 404, 412, *accepted]
    lines = [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in (parameters or {}).items()]
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG.replace("STATUSES", json.dumps(statuses)) + "\n".join(lines) + "\n")
    command = [SCHEMATHESIS, "--config-file", config, "run", service.at("/openapi.json"), *CHECKS]
    command += ["--seed", SEED, "--max-examples", "25", "--no-color", *more]
    command += ["--generation-database", "none"]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr


def test_auth(hexad, tmp_path, somebody):
    _, _, token = somebody
    holds(tmp_path, hexad.auth, token)


def test_session(hexad, tmp_path, somebody):
    _, user_id, token = somebody
    # Of itself schemathesis sends `If-Match: 0` as a good one, whatever pattern the document has.
    own = {"userId": user_id, "If-Match": "*"}
    holds(tmp_path, hexad.session, token, own, ["--exclude-method", "DELETE"])


def test_the_end_of_a_session(hexad, tmp_path, somebody):
    _, user_id, token = somebody
    holds(tmp_path, hexad.session, token, {"userId": user_id}, ["--include-method", "DELETE"])


def test_image(hexad, tmp_path):
    # What is generated is no image, and no cursor that a list gave.
    holds(tmp_path, hexad.image, accepted=[400, 409, 415, 416])


def test_connected(hexad, tmp_path, somebody):
    person, _, _ = somebody
    holds(tmp_path, hexad.connected, parameters={"username": person.username})


@pytest.mark.parametrize("name", ["auth", "session", "image", "connected"])
def test_the_documents_of_the_repository_are_those_that_are_served(hexad, http, name):
    served = http.get(getattr(hexad, name).at("/openapi.json"))
    assert served.headers["Content-Type"] == "application/json"
    assert served.content == (ROOT / "docs/api" / f"{name}.openapi.json").read_bytes()


@pytest.mark.parametrize("name", ["auth", "session", "image", "connected"])
def test_the_page_is_whole_in_itself(hexad, http, name):
    service = getattr(hexad, name)
    page = pages.fetch(http, service)
    paths = http.get(service.at("/openapi.json")).json()["paths"]
    for path in paths:
        assert f"<code>{path}</code>" in page.text
