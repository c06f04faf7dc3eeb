"""grpcurl, as somebody types it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

# Where tests/run puts it.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hexad/bin"
PATH = f"{CACHE}{os.pathsep}{os.environ['PATH']}"


def grpcurl(service, *arguments, given=None):
    """The exit code, and what was printed: to stdout, and to stderr."""
    program = shutil.which("grpcurl", path=PATH)
    if not program:
        raise FileNotFoundError("grpcurl is missing: tests/run installs it")
    options, names = [part for part in arguments if part.startswith("-")], arguments
    command = [program, "-plaintext", "-max-time", "30", *options]
    if given is not None:
        command += ["-d", "@"]
    command += [f"127.0.0.1:{service.port}", *(name for name in names if not name.startswith("-"))]
    done = subprocess.run(command, input=given or "", capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def documents(text):
    """The JSON documents in a text, one after another."""
    found, decoder, text = [], json.JSONDecoder(), text.lstrip()
    while text:
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:].lstrip()
    return found
