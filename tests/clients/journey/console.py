"""The README's journey: the blocks marked ```console, as commands with what they answer.

In such a block a line that begins with `$ ` is a command. The lines after it belong to it for as long as the shell
would ask for more (an open quote, a backslash at the end); whatever follows is its answer. Spaces and line breaks
between the elements of an answer are the README's own. What differs from run to run stands for itself: a UUID, a
moment or a token matches any other, and `…` matches anything. A UUID that an answer showed may stand in a later
command, where the one that was really answered is put in its place.
"""

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from journey.stock_grpcurl import PATH

END = "---the command has ended---"
LONGEST = 60.0

UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
# Each is found in the README and in the answer alike, so that only a value of its kind matches it.
VARIABLE = [
    (re.compile(r"eyJ(?:[\w-]+\.[\w-]+\.[\w-]+|[\w.-]*…)"), "<token>"),
    (UUID, "<uuid>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"), "<moment>"),
    (re.compile(r"\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "<date>"),
    (re.compile(r"\b[0-9a-f]{16}-[0-9a-f]+\b"), "<request id>"),
]


@dataclass
class Step:
    command: str
    answer: list = field(default_factory=list)

    @property
    def only_reads(self):
        """Whether it may be run again where the answer is one that comes by itself."""
        return not re.search(r"\s(-d|-F|-X|-T|--data\S*|--form|--request|--json)\b", self.command)


def steps(markdown):
    """The commands of all console blocks, in their order."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL):
        open_command = False
        for line in block.splitlines():
            if open_command:
                found[-1].command += "\n" + line
            elif line.startswith("$ "):
                found.append(Step(line[2:]))
            elif found:
                found[-1].answer.append(line)
                continue
            open_command = wants_more(found[-1].command)
    return found


def wants_more(command):
    check = subprocess.run(["bash", "-n"], input=command, capture_output=True, text=True)
    return command.endswith("\\") or bool(check.stderr)


class Shell:
    """One shell for all the commands, so that what one sets the next can use. Its Python has what ours has."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{PATH}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def run(self, command):
        """What the command prints. It must not fail."""
        self.process.stdin.write(f"{{ {command}\n}} </dev/null\nprintf '\\n%s %s\\n' '{END}' $?\n")
        self.process.stdin.flush()
        printed = []
        too_long = threading.Timer(LONGEST, self.process.kill)
        too_long.start()
        try:
            for line in self.process.stdout:
                if line.startswith(END):
                    status = line.split()[-1]
                    assert status == "0", f"exit code {status} of {command}:\n{''.join(printed)}"
                    return "".join(printed)
                printed.append(line)
        finally:
            too_long.cancel()
        raise AssertionError(f"the shell ended at {command}:\n{''.join(printed)}")


def plain(text):
    """The answer without what differs from run to run, and without the line breaks between its elements."""
    for pattern, name in VARIABLE:
        text = pattern.sub(name, text)
    try:
        return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except ValueError:
        return re.sub(r">\s+<", "><", re.sub(r"\s*\n\s*", "\n", text)).strip()


def matches(shown, answered):
    shown, answered = plain(shown), plain(answered)
    pattern = ".*?".join(re.escape(part) for part in shown.split("…"))
    return re.fullmatch(pattern, answered, re.DOTALL) is not None
