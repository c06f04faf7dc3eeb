"""Very many images, and very many bytes at once: memory stays what it is."""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from journey.pictures import png
from journey.programs import Programs
from journey.stock_grpc import Images
from journey.uploads import fresh

MIB = 1024 * 1024
# File systems bound the names of one file to some ten thousands.
FILES, NAMES = 4, 100_000


def peak(service):
    """The most memory that it ever held, in bytes."""
    with open(f"/proc/{service.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


@pytest.fixture
def service(tmp_path):
    """An image service with nothing in it, that nobody else uses."""
    programs = Programs(tmp_path, {})
    try:
        yield programs.service("image")
    finally:
        assert not programs.stop()


def name_of(number):
    return f"{number:06}-{'x' * 120}.png"


def fill(folder):
    for number in range(FILES):
        first = folder / name_of(number)
        first.write_bytes(png())
        for other in range(number + FILES, NAMES, FILES):
            os.link(first, folder / name_of(other))


def test_a_hundred_thousand_images_are_listed_while_others_come(service, tmp_path):
    fill(tmp_path / "data" / "images")
    assert len(requests.get(service.at("/images"), timeout=30).json()["urls"]) == 100
    before = peak(service)
    done = threading.Event()

    def others_come():
        """Before, between and behind those that are there."""
        count = 0
        while not done.is_set():
            for name in (f"0-{count}", f"{count * 97 % NAMES:06}-x", f"z-{count}"):
                requests.put(service.at(f"/images/{name}.png"), data=png(), timeout=30).raise_for_status()
            count += 1
        return count

    with ThreadPoolExecutor(1) as side_by_side:
        come = side_by_side.submit(others_come)
        try:
            answer = requests.get(service.at("/list_images"), timeout=60)
        finally:
            done.set()
        assert come.result() > 0
    body = json.loads(answer.content)
    names = [url.rsplit("/", 1)[1] for url in body["urls"]]
    assert names == sorted(set(names)), "in order, and each once"
    assert set(names) >= {name_of(number) for number in range(NAMES)}
    assert body["next"] is None
    assert len(answer.content) > 15 * MIB
    assert peak(service) - before < 20 * MIB


def test_many_large_uploads_at_once(service):
    content = png(more=20 * MIB - 200)
    before = peak(service)
    together = threading.Barrier(24)

    def put(form):
        name = fresh()
        together.wait()
        if form:
            return requests.post(service.at("/images"), files={"file": (name, content)}, timeout=120)
        # In pieces, without a length that is announced.
        pieces = (content[at : at + 65_536] for at in range(0, len(content), 65_536))
        return requests.put(service.at(f"/images/{name}"), data=pieces, timeout=120)

    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(put, [False, True] * 12))
    assert [answer.status_code for answer in answers] == [201] * 24
    # They are 480 MiB together.
    assert peak(service) - before < 64 * MIB
    for answer in answers[:2]:
        assert requests.get(answer.json()["url"], timeout=30).content == content


def test_many_large_uploads_by_grpc_at_once(service):
    content, images = png(more=20 * MIB - 200), Images(service)
    before = peak(service)
    together = threading.Barrier(24)

    def put(_):
        name = fresh()
        together.wait()
        return images.send(images.messages(name, content), timeout=120)

    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(put, range(24)))
    assert all(answer.created and answer.image.size == len(content) for answer in answers)
    # They are 480 MiB together.
    assert peak(service) - before < 64 * MIB
    assert requests.get(answers[0].image.url, timeout=30).content == content
