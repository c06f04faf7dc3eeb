"""Every answer of the image service to good and bad images, held against what its document says of it: status, headers,
body. Schemathesis has no images to send."""

import jsonschema
import pytest
import requests

from journey.pictures import png
from journey.uploads import fresh

# What HTTP has of itself, and what every JSON answer has.
PLAIN = {"connection", "content-length", "content-type", "date", "transfer-encoding", "vary"}


class Described:
    """The service, behind its document."""

    def __init__(self, service):
        self._service = service
        self._document = requests.get(service.at("/openapi.json"), timeout=10).json()

    def ask(self, method, route, status, name="", headers=None, **more):
        """Sends a request that the document describes, and holds the answer against the description."""
        operation = self._document["paths"][route][method]
        known = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "header"}
        assert set(headers or {}) <= known, f"{method} {route} does not say that it reads {set(headers) - known}"
        url = self._service.at(route.replace("{name}", name))
        answer = requests.request(method, url, headers=headers, timeout=30, **more)
        assert answer.status_code == status, answer.text
        assert str(status) in operation["responses"], f"{method} {route} does not say that it answers {status}"
        self._hold(answer, operation["responses"][str(status)], bodiless=method == "head")
        return answer

    def _hold(self, answer, described, bodiless):
        allowed = PLAIN | {name.lower() for name in described.get("headers", {})}
        if answer.headers.get("Cache-Control") == "no-store":
            allowed.add("cache-control")
        assert {name.lower() for name in answer.headers} <= allowed
        if bodiless or not answer.content:
            assert not answer.content
            return
        content = described["content"][answer.headers["Content-Type"]]
        if "json" in answer.headers["Content-Type"]:
            schema = {"components": self._document["components"], **content["schema"]}
            jsonschema.validate(answer.json(), schema, jsonschema.Draft202012Validator)


@pytest.fixture(scope="module")
def images(hexad):
    return Described(hexad.image)


def form(content, name=None):
    return {"files": {"file": (name or fresh(), content)}}


def test_uploads(images):
    images.ask("post", "/upload_image", 200, **form(png()))
    location = images.ask("post", "/images", 201, **form(png())).headers["Location"]
    assert requests.get(location, timeout=10).ok
    for route in ("/upload_image", "/images"):
        images.ask("post", route, 400, files={"other": ("a.png", png())})
        images.ask("post", route, 415, **form(b"no image"))
        images.ask("post", route, 413, **form(png() + bytes(21 * 1024 * 1024)))


def test_lists(images):
    images.ask("post", "/images", 201, **form(png()))
    for route in ("/list_images", "/images"):
        images.ask("get", route, 200)
        images.ask("get", route, 200, params={"limit": 1})
        images.ask("get", route, 400, params={"limit": 0})
        images.ask("get", route, 400, params={"cursor": "none of ours"})


def test_an_image_that_is_put(images):
    name, content, route = fresh(), png(), "/images/{name}"
    images.ask("put", route, 412, name, {"If-Match": "*"}, data=content)
    images.ask("put", route, 201, name, {"If-None-Match": "*"}, data=content)
    images.ask("put", route, 200, name, data=content)
    images.ask("put", route, 412, name, {"If-None-Match": "*"}, data=content)
    images.ask("put", route, 412, name, {"If-Unmodified-Since": "Sun, 22 Nov 1998 18:56:53 GMT"}, data=content)
    images.ask("put", route, 409, name, data=png())
    images.ask("put", route, 415, fresh(), data=b"no image")
    images.ask("put", route, 400, ".hidden.png", data=content)


def test_an_image_that_is_fetched(images):
    name, route = fresh(), "/images/{name}"
    images.ask("put", route, 201, name, data=png(more=1_000))
    whole = images.ask("get", route, 200, name)
    tag, date = whole.headers["ETag"], whole.headers["Last-Modified"]
    part = images.ask("get", route, 206, name, {"Range": "bytes=10-19", "If-Range": tag})
    assert part.content == whole.content[10:20]
    images.ask("get", route, 416, name, {"Range": "bytes=99999-"})
    images.ask("get", route, 404, fresh())
    for method in ("get", "head"):
        images.ask(method, route, 200, name, {"If-Match": tag, "If-Unmodified-Since": date})
        images.ask(method, route, 304, name, {"If-None-Match": tag})
        images.ask(method, route, 304, name, {"If-Modified-Since": date})
        images.ask(method, route, 412, name, {"If-Match": '"another"'})
    images.ask("head", route, 200, name)
    images.ask("head", route, 404, fresh())
