"""Images put under their own names."""

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import requests

from journey.curl import curl
from journey.pictures import SAMPLES, TYPES, png
from journey.problems import is_problem
from journey.uploads import fresh, upload, url_of

SAVED = "Image uploaded successfully"
MOST = 20 * 1024 * 1024


def put(service, name, content, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.put(service.at(f"/images/{name}"), data=content, headers=headers, timeout=30)


def test_a_new_image_the_same_again_and_another(hexad, http):
    name, content = fresh(), png()
    url = hexad.image.at(f"/images/{name}")
    new = put(hexad.image, name, content)
    assert (new.status_code, new.headers["Location"]) == (201, url)
    assert new.json() == {"message": SAVED, "url": url}
    same = put(hexad.image, name, content)
    assert (same.status_code, same.json()) == (200, new.json())
    assert "Location" not in same.headers
    is_problem(put(hexad.image, name, png()), 409, "name_taken", "error")
    assert http.get(url).content == content
    # An upload under that name finds it too.
    assert url_of(upload(hexad.image, name, content, "/images")) == url


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.glob("*-*.*")))
def test_the_bytes_decide_and_not_what_is_said_of_them(hexad, http, sample):
    content, name = (SAMPLES / sample).read_bytes(), fresh(sample + ".html")
    assert put(hexad.image, name, content, Content_Type="text/html").status_code == 201
    answer = http.get(hexad.image.at(f"/images/{name}"))
    assert (answer.content, answer.headers["Content-Type"]) == (content, TYPES[sample.rsplit(".")[-1]])


def test_a_form_is_no_image(hexad, http):
    form = requests.Request("PUT", hexad.image.at(f"/images/{fresh()}"), files={"file": ("a.png", png())}).prepare()
    assert form.headers["Content-Type"].startswith("multipart/form-data")
    is_problem(http.send(form), 415, "not_an_image", "error")


def test_what_is_no_image_leaves_nothing(hexad, http):
    for content in (b"", b"<svg/>", b"<!doctype html>", png()[:20], png(0, 9), b"\n" + png()):
        name = fresh()
        is_problem(put(hexad.image, name, content, Content_Type="image/png"), 415, "not_an_image", "error")
        assert http.get(hexad.image.at(f"/images/{name}")).status_code == 404


NAMES = ["a b.png", "%C3%A9.png", "..%2Fa.png", ".a.png", "_a.png", "a.png_", "a%2Fb.png", "~a.png", "n" * 201 + ".png"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_an_upload_would_change(hexad, name):
    is_problem(put(hexad.image, name, png()), 400, "invalid_name", "error")


def test_a_part_of_an_image_is_none_and_neither_is_a_coded_one(hexad):
    is_problem(put(hexad.image, fresh(), png(), Content_Range="bytes 0-9/100"), 400, "malformed", "error")
    is_problem(put(hexad.image, fresh(), png(), Content_Encoding="gzip"), 415, "unsupported_media_type", "error")


def test_the_bounds(hexad, http):
    name, content = fresh(), png(more=MOST - 1000)
    content += b"\0" * (MOST - len(content))
    assert put(hexad.image, name, content).status_code == 201
    assert http.get(hexad.image.at(f"/images/{name}")).content == content
    is_problem(put(hexad.image, fresh(), content + b"\0"), 413, "too_large", "error")
    # Without a length, in chunks.
    is_problem(put(hexad.image, fresh(), iter([content, b"\0"])), 413, "too_large", "error")
    is_problem(put(hexad.image, fresh(), png(60_000, 60_000)), 413, "too_large", "error")


def head_of(service, name, length, *fields):
    lines = [f"PUT /images/{name} HTTP/1.1", f"Host: 127.0.0.1:{service.port}", f"Content-Length: {length}", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_length_that_is_too_much_is_refused_before_a_byte_is_asked_for(hexad):
    for name, length, expected in ((fresh(), MOST + 1, "413"), ("a~b", 100, "400")):
        with socket.create_connection(("127.0.0.1", hexad.image.port), timeout=10) as connection:
            connection.sendall(head_of(hexad.image, name, length, "Expect: 100-continue"))
            assert connection.recv(1000).startswith(b"HTTP/1.1 " + expected.encode())


def test_who_waits_to_be_asked_is_asked(hexad, http):
    name, content = fresh(), png(more=2_000_000)
    with socket.create_connection(("127.0.0.1", hexad.image.port), timeout=10) as connection:
        connection.sendall(head_of(hexad.image, name, len(content), "Expect: 100-continue"))
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(content)
        assert connection.recv(1000).startswith(b"HTTP/1.1 201 Created\r\n")
    # curl sends that by itself with a body of this size.
    name = fresh()
    answer = curl(hexad.image.at(f"/images/{name}"), "-T", "-", "-H", f"Content-Length: {len(content)}", data=content)
    assert answer.status_code == 201
    assert re.search("^< HTTP/1.1 100 Continue", answer.said, re.MULTILINE)
    assert http.get(json.loads(answer.body)["url"]).content == content


def test_curl_puts_a_file(hexad, http):
    for options in ((), ("--http2-prior-knowledge",)):
        name, sample = fresh(), SAMPLES / "still-53x31.avif"
        answer = curl(hexad.image.at(f"/images/{name}"), "-T", str(sample), *options)
        assert answer.status_code == 201
        assert http.get(json.loads(answer.body)["url"]).content == sample.read_bytes()


def test_conditions(hexad):
    name, content = fresh(), png()
    is_problem(put(hexad.image, name, content, If_Match="*"), 412, "precondition_failed", "error")
    assert put(hexad.image, name, content, If_None_Match="*").status_code == 201
    is_problem(put(hexad.image, name, content, If_None_Match="*"), 412, "precondition_failed", "error")
    is_problem(put(hexad.image, name, png(), If_None_Match="*"), 412, "precondition_failed", "error")
    tag = requests.head(hexad.image.at(f"/images/{name}"), timeout=10).headers["ETag"]
    assert put(hexad.image, name, content, If_Match=tag).status_code == 200
    is_problem(put(hexad.image, name, png(), If_Match=tag), 409, "name_taken", "error")
    is_problem(put(hexad.image, name, content, If_Match='"another"'), 412, "precondition_failed", "error")


def test_of_many_at_once_one_has_the_name(hexad, http):
    for round_ in range(5):
        name, contents = fresh(), [png(more=round_ * 50_000) for _ in range(8)]
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda content: put(hexad.image, name, content), contents))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
        winner = next(content for answer, content in zip(answers, contents) if answer.status_code == 201)
        assert http.get(hexad.image.at(f"/images/{name}")).content == winner


def test_a_put_that_is_cut_off_leaves_nothing(hexad, http):
    name, content = fresh(), png(more=500_000)
    with socket.create_connection(("127.0.0.1", hexad.image.port), timeout=10) as connection:
        connection.sendall(head_of(hexad.image, name, len(content)) + content[:-1])
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1000)
    assert http.get(hexad.image.at(f"/images/{name}")).status_code == 404


def test_by_http_2(hexad):
    name, content = fresh(), png(more=300_000)
    with httpx.Client(http1=False, http2=True) as client:
        answer = client.put(hexad.image.at(f"/images/{name}"), content=content)
        assert (answer.http_version, answer.status_code) == ("HTTP/2", 201)
        assert answer.headers["Location"] == hexad.image.at(f"/images/{name}")
        assert client.put(hexad.image.at(f"/images/{name}"), content=png()).status_code == 409
        assert client.get(answer.headers["Location"]).content == content


def test_other_methods(hexad, http):
    for method in ("DELETE", "POST", "PATCH"):
        answer = http.request(method, hexad.image.at(f"/images/{fresh()}"))
        is_problem(answer, 405, "method_not_allowed", "error")
        assert set(answer.headers["Allow"].split(",")) == {"GET", "HEAD", "PUT"}
