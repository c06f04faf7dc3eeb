"""curl, as somebody on a terminal runs it."""

import subprocess
from dataclasses import dataclass


@dataclass
class Answer:
    status_code: int
    body: bytes
    # What curl says of the whole exchange, with both heads (`-v`).
    said: str


def curl(url, *options, data=None):
    """One request; `data` is what curl reads from its standard input."""
    command = ["curl", "-sS", "-v", "--noproxy", "*", "--max-time", "30", "-w", "%{stderr}\nstatus %{http_code}\n"]
    done = subprocess.run([*command, *options, url], input=data, capture_output=True, check=True)
    said = done.stderr.decode(errors="replace")
    return Answer(int(said.rsplit("status ", 1)[1]), done.stdout, said)
