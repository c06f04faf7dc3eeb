"""Images fetched: whole, in parts, on conditions."""

import email.utils
import http.client
from datetime import timedelta

import httpx
import pytest
import requests

from journey.curl import curl
from journey.pictures import png
from journey.problems import is_problem
from journey.uploads import fresh, upload, url_of

KEPT = "public, max-age=86400, immutable"


@pytest.fixture(scope="module")
def image(hexad):
    """An image of more than one piece of the store."""
    content = png(more=400_000)
    return url_of(upload(hexad.image, fresh(), content)), content


def get(image, method="GET", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(method, image[0], headers=headers, timeout=10)


def moment(image, seconds=0):
    """When it was stored, and so much later, as an HTTP date."""
    stored = email.utils.parsedate_to_datetime(get(image).headers["Last-Modified"])
    return email.utils.format_datetime(stored + timedelta(seconds=seconds), usegmt=True)


def test_what_is_told_of_an_image(image):
    answer = get(image)
    assert answer.status_code == 200 and answer.content == image[1]
    headers = answer.headers
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Length"] == str(len(image[1]))
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Cache-Control"] == KEPT
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    # Strong: it begins with its quote.
    assert headers["ETag"].startswith('"') and headers["ETag"].endswith('"') and len(headers["ETag"]) > 2
    assert email.utils.parsedate_to_datetime(headers["Last-Modified"]).tzinfo is not None
    assert get(image).headers["ETag"] == headers["ETag"]


def test_head_is_get_without_its_bytes(image):
    for asked in ({}, {"If_None_Match": "*"}, {"If_Match": '"x"'}, {"If_Modified_Since": moment(image)}):
        by_get, by_head = get(image, **asked), get(image, "HEAD", **asked)
        assert (by_head.status_code, by_head.content) == (by_get.status_code, b"")
        for answer in (by_get, by_head):
            for name in ("X-Request-Id", "Date"):
                del answer.headers[name]
        assert by_head.headers == by_get.headers
    assert get(image, "HEAD", Range="bytes=0-9").headers["Content-Length"] == str(len(image[1]))


@pytest.mark.parametrize(
    ("range_", "first", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=131071-131073", 131_071, 131_074),
        ("bytes=400000-", 400_000, None),
        ("bytes=-500", -500, None),
        ("bytes=0-", 0, None),
        ("bytes=-99999999", 0, None),
        ("bytes=5-99999999999999999999999", 5, None),
    ],
)
def test_a_part(image, range_, first, end):
    content = image[1]
    first, end = slice(first, end).indices(len(content))[:2]
    answer = get(image, Range=range_)
    assert (answer.status_code, answer.content) == (206, content[first:end])
    assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(content)}"
    assert answer.headers["Content-Length"] == str(end - first)
    for name in ("ETag", "Last-Modified", "Cache-Control", "Content-Type", "X-Content-Type-Options"):
        assert answer.headers[name] == get(image, "HEAD").headers[name]


def test_several_ranges_and_unreadable_ones_get_the_whole(image):
    for range_ in ("bytes=0-1,4-5", "bytes=9-5", "bytes=x-", "lines=1-2", "bytes"):
        answer = get(image, Range=range_)
        assert (answer.status_code, answer.content) == (200, image[1]), range_
        assert "Content-Range" not in answer.headers


def test_a_range_behind_the_end(image):
    size = len(image[1])
    for range_ in (f"bytes={size}-", "bytes=-0", f"bytes={size}-{size + 5}"):
        answer = get(image, Range=range_)
        is_problem(answer, 416, "range_not_satisfiable", "error")
        assert answer.headers["Content-Range"] == f"bytes */{size}"


def test_a_part_of_the_image_that_is_meant(image):
    tag = get(image).headers["ETag"]
    for same in (tag, moment(image)):
        assert get(image, Range="bytes=0-9", If_Range=same).status_code == 206
    for other in ('"other"', f"W/{tag}", moment(image, 1), moment(image, -1), "nonsense"):
        answer = get(image, Range="bytes=0-9", If_Range=other)
        assert (answer.status_code, answer.content) == (200, image[1])


def test_who_has_it_already(image):
    tag = get(image).headers["ETag"]
    for asked in (
        {"If_None_Match": tag},
        {"If_None_Match": f"W/{tag}"},
        {"If_None_Match": f'"a", "b,c", {tag}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": moment(image)},
        {"If_Modified_Since": moment(image, 100)},
        {"If_None_Match": tag, "If_Modified_Since": moment(image, -100)},
        {"If_None_Match": tag, "Range": "bytes=0-1"},
    ):
        answer = get(image, **asked)
        assert (answer.status_code, answer.content) == (304, b""), asked
        assert (answer.headers["ETag"], answer.headers["Cache-Control"]) == (tag, KEPT)
        assert "Content-Length" not in answer.headers and "Content-Type" not in answer.headers
    for asked in (
        {"If_None_Match": '"other"'},
        {"If_None_Match": '"other"', "If_Modified_Since": moment(image, 100)},
        {"If_Modified_Since": moment(image, -1)},
        {"If_Modified_Since": "last week"},
    ):
        assert get(image, **asked).status_code == 200, asked


def test_who_wants_another(image):
    tag = get(image).headers["ETag"]
    for asked in (
        {"If_Match": '"other"'},
        {"If_Match": f"W/{tag}"},
        {"If_Unmodified_Since": moment(image, -1)},
        {"If_Match": '"other"', "If_None_Match": tag},
    ):
        is_problem(get(image, **asked), 412, "precondition_failed", "error")
    for asked in ({"If_Match": tag}, {"If_Match": "*"}, {"If_Unmodified_Since": moment(image)}):
        assert get(image, **asked).status_code == 200, asked


def test_a_connection_goes_on_after_each_kind_of_answer(hexad, image):
    """What has no body must not leave one on the connection."""
    connection = http.client.HTTPConnection("127.0.0.1", hexad.image.port, timeout=10)
    path = image[0].removeprefix(hexad.image.url)
    for headers, status in (({"If-None-Match": "*"}, 304), ({"Range": "bytes=0-9"}, 206), ({"If-Match": '"x"'}, 412)):
        for method in ("HEAD", "GET", "HEAD", "GET"):
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == (200 if (method, status) == ("HEAD", 206) else status)
    connection.close()


def test_curl_goes_on_with_a_download_and_asks_whether_it_is_new(image, tmp_path):
    url, content = image
    begun = tmp_path / "begun.png"
    begun.write_bytes(content[:123_456])
    answer = curl(url, "-C", "-", "-o", str(begun))
    assert answer.status_code == 206 and begun.read_bytes() == content
    tags, whole = tmp_path / "tags", tmp_path / "whole.png"
    keep = ("--etag-save", str(tags), "--etag-compare", str(tags), "-o", str(whole))
    assert curl(url, *keep).status_code == 200 and whole.read_bytes() == content
    assert curl(url, *keep).status_code == 304 and whole.read_bytes() == content
    assert curl(url, "-z", moment(image)).status_code == 304
    assert curl(url, "-r", "7-9").body == content[7:10]


def test_by_http_2(image):
    url, content = image
    with httpx.Client(http1=False, http2=True) as client:
        part = client.get(url, headers={"Range": "bytes=10-19"})
        assert (part.http_version, part.status_code, part.content) == ("HTTP/2", 206, content[10:20])
        known = client.get(url, headers={"If-None-Match": part.headers["ETag"]})
        assert (known.status_code, known.content) == (304, b"")
        assert client.head(url).headers["Content-Length"] == str(len(content))


# What somebody may copy into the folder by hand.
ODD = ["white space.png", "日本.png", "e\u0301.png", "a+b&c=d.png", "100%.png", "%41.png", "q?#.png", "_x_", "'\"<>.png"]


def test_what_others_left_is_listed_and_served_whatever_its_name(hexad, programs):
    folder = programs.folder / "data" / "images"
    contents = {name: png() for name in ODD}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "page.html").write_bytes(b"<!doctype html><script>alert(1)</script>")
    try:
        listed = requests.get(hexad.image.at("/list_images"), timeout=10).json()["urls"]
        paged, cursor = [], None
        while True:
            parameters = {"limit": 1, "cursor": cursor}
            page = requests.get(hexad.image.at("/images"), params=parameters, timeout=10).json()
            paged += page["urls"]
            if (cursor := page["next"]) is None:
                break
        assert paged == listed
        served = {}
        for url in listed:
            answer = requests.get(url, timeout=10)
            assert answer.status_code == 200, url
            served[answer.content] = answer.headers
        for name, content in contents.items():
            assert served[content]["Content-Type"] == "image/png", name
        page = served[b"<!doctype html><script>alert(1)</script>"]
        assert page["Content-Type"] == "application/octet-stream"
        assert (page["Content-Disposition"], page["X-Content-Type-Options"]) == ("attachment", "nosniff")
    finally:
        for name in [*contents, "page.html"]:
            (folder / name).unlink()
