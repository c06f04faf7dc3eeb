"""The real programs, each in a process of its own, on free ports and a data folder of their own."""

import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import requests

from journey.patience import until

ROOT = Path(__file__).resolve().parents[3]

# The program of each service, and its own health route.
SERVICES = {
    "auth": ("auth-service", "/auth/health"),
    "user_soap": ("user-soap-service", "/user-soap/health"),
    "session": ("session-service", "/health"),
    "image": ("image-service", "/health"),
    "user_lookup": ("user-lookup-service", "/user-search/health"),
    "connected": ("connected-service", "/connected/health"),
}


def binary(program):
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    path = ROOT / target / "debug" / program
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `cargo build --workspace` first")
    return path


def free_ports(count):
    """Ports that nobody listens on, below those that the system lends to outgoing connections."""
    found = []
    for port in range(20_000 + os.getpid() % 10_000, 32_768):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise OSError("no free port")


def _dying_with_us():
    """A test run that is killed leaves no program behind, where the system can do that.

    By a program, and not by a function between fork and exec: that one would run beside the threads of the gRPC client,
    which do not survive a fork.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


@dataclass
class Program:
    """A program that runs, and where it answers."""

    name: str
    port: int
    log: Path
    process: subprocess.Popen
    asked: bool = False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def at(self, path):
        return self.url + path

    def wait_until_healthy(self, route):
        def healthy():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.log.read_text()}")
            try:
                return requests.get(self.at(route), timeout=5).status_code == 200
            except requests.ConnectionError:
                return False

        until(healthy, f"{self.name} to be healthy")

    def ask_to_stop(self):
        """As an operator would, and once: a second signal ends a program at once."""
        if self.process.poll() is None and not self.asked:
            self.process.terminate()
            self.asked = True

    def stop(self):
        """Ends it, and returns its exit code."""
        self.ask_to_stop()
        try:
            return self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Programs:
    """Starts programs in one folder, and ends them all."""

    def __init__(self, folder, settings):
        self.folder = folder
        self.settings = settings
        self.running = []

    def start(self, program, port, **settings):
        log = self.folder / f"{program}-{port}.log"
        # Nothing of the caller's environment reaches a program, nor a .env file of theirs.
        environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(self.folder / "data"), **self.settings, **settings}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*_dying_with_us(), binary(program)],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        started = Program(program, port, log, process)
        self.running.append(started)
        return started

    def service(self, name, **settings):
        """One more process of a service, with settings of its own, on the same data."""
        program, health = SERVICES[name]
        (port,) = free_ports(1)
        started = self.start(program, port, PORT=str(port), **settings)
        started.wait_until_healthy(health)
        return started

    def stop(self):
        """Ends whatever runs, all at once, and says what did not end well."""
        for program in self.running:
            program.ask_to_stop()
        ends = {f"{program.name} on {program.port}": program.stop() for program in self.running}
        return {name: code for name, code in ends.items() if code != 0}
