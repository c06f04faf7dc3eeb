"""Uploads and downloads of images."""

import hashlib
import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import requests

from journey.pictures import SAMPLES, TYPES, png
from journey.problems import is_problem
from journey.uploads import fresh, upload, url_of

SAVED = "Image uploaded successfully"


def test_an_upload_by_the_originals_route(hexad, http):
    name, content = fresh(), png()
    answer = upload(hexad.image, name, content)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"message": SAVED, "url": hexad.image.at(f"/images/{name}")}
    assert http.get(answer.json()["url"]).content == content


def test_an_upload_by_the_new_route(hexad, http):
    name, content = fresh(), png()
    answer = upload(hexad.image, name, content, "/images")
    assert answer.status_code == 201
    url = hexad.image.at(f"/images/{name}")
    assert answer.json() == {"message": SAVED, "url": url}
    assert requests.compat.urljoin(answer.url, answer.headers["Location"]) == url


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.glob("*-*.*")))
def test_every_format_comes_back_as_it_was_with_its_true_type(hexad, http, sample):
    content = (SAMPLES / sample).read_bytes()
    # Neither the name nor the declared type says what it is: the bytes do.
    answer = http.get(url_of(upload(hexad.image, fresh(sample + ".txt"), content, content_type="text/html")))
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(content).digest()
    assert answer.headers["Content-Type"] == TYPES[sample.rsplit(".")[-1]]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_head_tells_what_get_would_give(hexad, http):
    content = png()
    url = url_of(upload(hexad.image, fresh(), content))
    head, get = http.head(url), http.get(url)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified", "Cache-Control", "X-Content-Type-Options"):
        assert head.headers[name] == get.headers[name], name
    assert head.headers["Content-Length"] == str(len(content))


def test_the_same_bytes_again_give_the_same_url_and_other_bytes_another(hexad, http):
    name, first, second = fresh(), png(), png()
    url = url_of(upload(hexad.image, name, first))
    assert url_of(upload(hexad.image, name, first)) == url
    other = url_of(upload(hexad.image, name, second))
    assert other != url
    stem = re.escape(name.removesuffix(".png"))
    assert re.fullmatch(rf".*/images/{stem}-[0-9a-f]+\.png", other)
    assert url_of(upload(hexad.image, name, second)) == other
    assert (http.get(url).content, http.get(other).content) == (first, second)


def test_of_many_uploads_at_once_under_one_name_none_is_lost(hexad, http):
    name, contents = fresh(), [png() for _ in range(8)] * 2
    with ThreadPoolExecutor(8) as threads:
        urls = list(threads.map(lambda content: url_of(upload(hexad.image, name, content)), contents))
    assert len(set(urls)) == 8
    for url, content in zip(urls, contents):
        assert http.get(url).content == content


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("../../etc/{}.png", "etc_{}.png"),
        ("/abs/{}.png", "abs_{}.png"),
        ("a b\tc {}.png", "a_b_c_{}.png"),
        ("..\\..\\{}.png", "{}.png"),
        ("Ünïcödé {}.png", "Unicode_{}.png"),
        ("日本{}.png", "{}.png"),
        ("._hidden {}.png", "hidden_{}.png"),
        ("<b>&'{}.png", "b{}.png"),
        ("%2e%2e%2f{}.png", "2e2e2f{}.png"),
        ("{}", "{}"),
        ("CON.{}.jpg", "CON.{}.jpg"),
    ],
)
def test_names_are_made_safe(hexad, http, given, stored):
    unique, content = uuid.uuid4().hex, png()
    url = url_of(upload(hexad.image, given.format(unique), content))
    # werkzeug on Linux takes a backslash for a character like others and drops it.
    assert url.rsplit("/", 1)[1].lstrip(".") == stored.format(unique)
    assert http.get(url).content == content


def test_a_name_in_the_form_of_rfc_8187(hexad, http):
    unique = uuid.uuid4().hex
    head = f"--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''%C3%9C%20{unique}.png\r\n\r\n"
    body = head.encode() + png() + b"\r\n--b--\r\n"
    answer = http.post(
        hexad.image.at("/upload_image"), data=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert url_of(answer).endswith(f"/images/U_{unique}.png")


def test_the_stem_of_a_long_name_is_cut(hexad, http):
    content = png()
    url = url_of(upload(hexad.image, "x" * 500 + fresh(), content))
    name = url.rsplit("/", 1)[1]
    assert len(name) <= 200 and name.endswith(".png")
    assert http.get(url).content == content


def test_a_name_that_comes_to_nothing(hexad):
    for name in ("..", "___", "日本", "/", "<>"):
        is_problem(upload(hexad.image, name, png()), 400, "invalid_name", "error")


def test_no_file(hexad, http):
    for route in ("/upload_image", "/images"):
        url = hexad.image.at(route)
        text = "No file provided"
        is_problem(http.post(url, files={"picture": ("a.png", png())}), 400, "no_file", "error", text)
        is_problem(http.post(url, files={"file": (None, "just a text")}), 400, "no_file", "error", text)
        nameless = (
            '--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n'
            "Content-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n"
        )
        multipart = {"Content-Type": "multipart/form-data; boundary=b"}
        is_problem(http.post(url, data=nameless, headers=multipart), 400, "no_file", "error", text)
        is_problem(http.post(url, data="--b--\r\n", headers=multipart), 400, "no_file", "error", text)


def test_what_is_no_multipart_body_has_no_file(hexad, http):
    url = hexad.image.at("/upload_image")
    for answer in (
        http.post(url),
        http.post(url, json={}),
        http.post(url, data={"file": "x"}),
        http.post(url, data=png(), headers={"Content-Type": "image/png"}),
    ):
        is_problem(answer, 400, "no_file", "error", "No file provided")


def test_a_broken_multipart_body_is_malformed(hexad, http):
    url = hexad.image.at("/upload_image")
    for boundary, body in (("", b"x"), ("; boundary=b", b"x"), ("; boundary=b", b"--b\r\nx"), ("; boundary=b", b"")):
        headers = {"Content-Type": f"multipart/form-data{boundary}"}
        is_problem(http.post(url, data=body, headers=headers), 400, "malformed", "error")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
NO_IMAGES = {
    "nothing": b"",
    "text": b"hello",
    "SVG": SVG,
    "SVG with an XML declaration": b"<?xml version='1.0'?>" + SVG,
    "HTML": b"<!doctype html><img>",
    "PDF": b"%PDF-1.7\n",
    "TIFF": b"II*\0\x08\0\0\0",
    "a PNG cut short before its size": png()[:20],
    "a JPEG cut short before its size": (SAMPLES / "baseline-37x21.jpg").read_bytes()[:40],
    "an AVIF cut short before its size": (SAMPLES / "still-53x31.avif").read_bytes()[:60],
    "a PNG without pixels": png(0, 9),
    "a PNG after other bytes": b"\n" + png(),
}


@pytest.mark.parametrize("name", NO_IMAGES)
def test_only_images(hexad, http, name):
    file_name = fresh()
    answer = upload(hexad.image, file_name, NO_IMAGES[name], content_type="image/png")
    is_problem(answer, 415, "not_an_image", "error")
    assert http.get(hexad.image.at(f"/images/{file_name}")).status_code == 404, "nothing is left behind"


def test_a_polyglot_is_what_its_first_bytes_say(hexad, http):
    content = (SAMPLES / "still-17x19.gif").read_bytes() + b"/*</title><script>alert(1)</script>*/"
    answer = http.get(url_of(upload(hexad.image, fresh("x.html"), content, content_type="text/html")))
    assert answer.headers["Content-Type"] == "image/gif"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_bounds(hexad, http):
    for width, height in ((60_000, 60_000), (50_000_001, 1), (1, 2**31 - 1)):
        is_problem(upload(hexad.image, fresh(), png(width, height)), 413, "too_large", "error")
    assert upload(hexad.image, fresh(), png(50_000_000, 1)).ok
    most, name = 20 * 1024 * 1024, fresh()
    content = png(more=most - 1000)
    content += b"\0" * (most - len(content))
    assert http.get(url_of(upload(hexad.image, name, content))).content == content
    larger = fresh()
    is_problem(upload(hexad.image, larger, content + b"\0"), 413, "too_large", "error")
    assert http.get(hexad.image.at(f"/images/{larger}")).status_code == 404


def test_an_upload_cut_off_leaves_nothing_behind(hexad, http):
    name = fresh()
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    multipart = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = http.post(hexad.image.at("/images"), data=head + png(), headers=multipart)
    is_problem(answer, 400, "malformed", "error")
    assert http.get(hexad.image.at(f"/images/{name}")).status_code == 404


@pytest.mark.parametrize("name", ["nothing.png", "..%2fsecret.key", "%2e%2e", ".staging", "a%00b", "日本.png"])
def test_no_such_image(hexad, http, name):
    is_problem(http.get(hexad.image.at("/images/") + name), 404, "image_not_found", "error")


def test_the_url_follows_the_host_that_was_asked(hexad, http):
    name = fresh()
    headers = {"Host": "images.example:8080"}
    answer = http.post(hexad.image.at("/upload_image"), files={"file": (name, png())}, headers=headers)
    assert answer.json()["url"] == f"http://images.example:8080/images/{name}"


def test_an_upload_by_http_2(hexad):
    name, content = fresh(), png(more=300_000)
    with httpx.Client(http1=False, http2=True) as client:
        answer = client.post(hexad.image.at("/images"), files={"file": (name, content)})
        assert (answer.http_version, answer.status_code) == ("HTTP/2", 201)
        assert answer.json()["url"] == hexad.image.at(f"/images/{name}")
        assert client.get(answer.json()["url"]).content == content
