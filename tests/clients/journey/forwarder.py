"""Stands before a server that is to be away: nobody listens until it is opened, and closing it cuts everything."""

import socket
import threading


class Forwarder:
    def __init__(self, to):
        self.to = to
        # Bound, so that the port stays ours, and deaf, so that whoever connects is refused.
        self._deaf = _bound(0)
        self.port = self._deaf.getsockname()[1]
        self._listener = None
        self._sockets = set()
        self._lock = threading.Lock()

    def open(self):
        listener, self._deaf = self._deaf, None
        listener.listen(128)
        self._listener = listener
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()
        return self

    def close(self):
        with self._lock:
            listener, self._listener = self._listener, None
            sockets, self._sockets = self._sockets, set()
        if listener:
            # A thread that waits in accept holds the socket open: this wakes it.
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            self._deaf = _bound(self.port)
        for one in sockets:
            _end(one)

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self.to), timeout=5)
                server.settimeout(None)
            except OSError:
                return
            with self._lock:
                if self._listener is not listener:
                    _end(client), _end(server)
                    return
                self._sockets |= {client, server}
            for one, other in [(client, server), (server, client)]:
                threading.Thread(target=self._carry, args=[one, other], daemon=True).start()

    def _see(self, source, piece):
        """What passes, for whoever wants to know."""

    def _carry(self, source, sink):
        try:
            while piece := source.recv(65536):
                self._see(source, piece)
                sink.sendall(piece)
        except OSError:
            pass
        _end(source), _end(sink)
        with self._lock:
            self._sockets -= {source, sink}


def _bound(port):
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", port))
    return one


def _end(one):
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
