"""Waiting for what comes by itself."""

import time

DEADLINE = 10.0
INTERVAL = 0.02


def until(condition, what, deadline=DEADLINE):
    """Asks again and again until the answer is true, and returns it."""
    end = time.monotonic() + deadline
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"waited {deadline} s for {what}")
        time.sleep(INTERVAL)
