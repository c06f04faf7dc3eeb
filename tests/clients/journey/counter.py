"""Stands before a service and counts the requests by POST on each connection."""

from collections import Counter as Tally

from journey.forwarder import Forwarder


class Counter(Forwarder):
    def __init__(self, to):
        super().__init__(to)
        self._posts = Tally()

    def _see(self, source, piece):
        # A client that waits for its answer begins each request with a piece of its own.
        if piece.startswith(b"POST /"):
            self._posts[id(source)] += 1

    @property
    def posts(self):
        """How many came on each connection that had any."""
        return sorted(self._posts.values())

    def at(self, path):
        return f"http://127.0.0.1:{self.port}{path}"
