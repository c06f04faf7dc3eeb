"""Images of every format and form, as Pillow writes and reads them: the service takes them for what Pillow does."""

import random
import subprocess
import warnings

import pytest
from PIL import Image

from journey.gallery import gallery, seen, two_sizes
from journey.pictures import SAMPLES
from journey.problems import is_problem
from journey.programs import binary
from journey.uploads import fresh

MOST_PIXELS = 50_000_000


@pytest.fixture(scope="module")
def images():
    return list(gallery())


@pytest.fixture(autouse=True)
def any_size(monkeypatch):
    """Pillow has a bound of its own."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def inspected(contents, folder):
    """What the library takes files for: the media type and the size, or None."""
    answers = []
    for number, content in enumerate(contents):
        (folder / str(number)).write_bytes(content)
    for first in range(0, len(contents), 500):
        names = [str(number) for number in range(first, min(first + 500, len(contents)))]
        told = subprocess.run(
            [binary("examples/inspect"), *names], cwd=folder, capture_output=True, text=True, check=True
        )
        for line in told.stdout.splitlines():
            media_type, *size = line.split("\t")
            answers.append((media_type, *map(int, size)) if size else None)
    return answers


def test_every_form_has_the_size_that_pillow_sees(images, tmp_path):
    contents = [content for _, content in images] + [path.read_bytes() for path in SAMPLES.glob("*-*.*")]
    assert len(contents) > 150
    for content, told in zip(contents, inspected(contents, tmp_path), strict=True):
        assert told == seen(content), content[:64]


def test_every_form_is_taken_and_given_back(hexad, http, images):
    for kind, content in images:
        name = fresh("picture")
        assert http.put(hexad.image.at(f"/images/{name}"), data=content).status_code == 201, (kind, content[:64])
        answer = http.get(hexad.image.at(f"/images/{name}"))
        assert (answer.headers["Content-Type"], *seen(content)[1:]) == seen(content)
        assert answer.content == content


def test_a_huge_size_behind_a_small_one_is_seen(hexad, http):
    for (kind, content), refusal in zip(two_sizes(), [(413, "too_large"), (415, "not_an_image")], strict=True):
        _, width, height = seen(content)
        assert width * height > MOST_PIXELS, kind
        is_problem(http.put(hexad.image.at(f"/images/{fresh()}"), data=content), *refusal, "error")


def test_a_beginning_says_the_same_or_nothing(images, tmp_path):
    for kind, content in images[::7]:
        whole = seen(content)
        cuts = [content[:end] for end in [*range(0, min(len(content), 200)), *range(200, len(content), len(content) // 100 + 1)]]
        answers = set(inspected(cuts, tmp_path))
        assert answers <= {whole, None}, (kind, content[:64])


def test_nothing_is_larger_than_it_seems(images, tmp_path):
    """Whatever is damaged: what Pillow would decode has no more pixels than were counted, and never too many."""
    chance = random.Random(20261126)
    damaged = []
    for _ in range(3_000):
        content = bytearray(chance.choice(images)[1][:20_000])
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(min(len(content), chance.choice([30, 60, 400, 2_000])))
            content[place] = chance.choice([0, 1, 255, chance.randrange(256)])
        damaged.append(bytes(content))
    both = 0
    for content, told in zip(damaged, inspected(damaged, tmp_path), strict=True):
        decoded = seen(content)
        if told is None or decoded is None:
            continue
        both += 1
        seems = all(ours >= theirs for ours, theirs in zip(told[1:], decoded[1:]))
        assert told[0] == decoded[0] and seems, (told, decoded, content[:64])
        assert told[1] * told[2] <= MOST_PIXELS
    assert both > 500
