"""nginx, as people put it before a service."""

import os
import shutil
import socket
import subprocess

from journey.patience import until

CONFIGURATION = """
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {servers}
}}
"""


class Nginx:
    """Runs with one server for each port, which holds these directives."""

    def __init__(self, folder, servers):
        self.ports = list(servers)
        blocks = [f"server {{ listen 127.0.0.1:{port}; {directives} }}" for port, directives in servers.items()]
        configuration = folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, servers="\n".join(blocks)))
        self.log = folder / "nginx.log"
        # Debian has it among the programs of administrators.
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        if not program:
            raise FileNotFoundError("nginx is missing: run tests/clients/toolkits/install")
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [program, "-e", "stderr", "-p", folder, "-c", configuration],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self):
        try:
            until(self._listens, "nginx to listen")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)

    def _listens(self):
        assert self.process.poll() is None, self.log.read_text()
        for port in self.ports:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                return False
        return True
