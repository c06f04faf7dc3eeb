"""Image delivery by gRPC, as grpcio speaks it, on the port where the service speaks HTTP."""

import hashlib
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from journey.patience import until
from journey.pictures import SAMPLES, TYPES, png
from journey.stock_grpc import HEALTH, IMAGES, PATIENCE, Images, Stub, as_dict, is_refused
from journey.uploads import fresh, upload, url_of
from test_image import NO_IMAGES

BAD, TOO_MUCH = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.fixture(scope="module")
def images(hexad):
    return Images(hexad.image)


@pytest.fixture
def nothing_stays(programs, images, http, hexad):
    """Holds an upload of that name to have left nothing: neither listed nor served nor half received."""

    def held(name):
        staging = programs.folder / "data/images/.staging"
        until(lambda: not any(staging.glob("*")), "what was being received to be forgotten")
        assert http.get(hexad.image.at(f"/images/{name}")).status_code == 404
        assert name not in [image["name"] for image in images.listed()]

    return held


def refused(images, messages, status, code, **options):
    with pytest.raises(grpc.RpcError) as failed:
        images.send(messages, **options)
    is_refused(failed.value, status, code)
    return failed.value


def test_reflection_names_the_services(images):
    assert set(images.stub.database.get_services()) >= {IMAGES, HEALTH}


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.glob("*-*.*")))
def test_what_is_uploaded_by_grpc_is_fetched_by_http(images, hexad, http, sample):
    content, name = (SAMPLES / sample).read_bytes(), fresh(sample + ".txt")
    answer = as_dict(images.upload(name, content))
    image = {
        "name": name,
        "url": hexad.image.at(f"/images/{name}"),
        "content_type": TYPES[sample.rsplit(".")[-1]],
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert answer == {"message": "Image uploaded successfully", "image": image, "created": True}
    served = http.get(image["url"])
    assert (served.content, served.headers["Content-Type"]) == (content, image["content_type"])


def test_what_is_uploaded_by_http_is_listed_by_grpc(images, hexad):
    name, content = fresh("zzz.gif"), (SAMPLES / "still-17x19.gif").read_bytes()
    url = url_of(upload(hexad.image, name, content))
    # A folder has no place for the digest.
    image = {"name": name, "url": url, "content_type": "image/gif", "size": len(content), "sha256": ""}
    assert image in images.listed()


def test_the_list_has_limits_and_cursors(images, hexad, http):
    names = [images.upload(fresh(), png()).image.name for _ in range(5)]
    everything = [image["name"] for image in images.listed()]
    assert everything == sorted(everything) and set(names) <= set(everything)
    assert [f"/{name}" for name in everything] == [
        url[url.rindex("/") :] for url in http.get(hexad.image.at("/list_images")).json()["urls"]
    ]
    found, cursor = [], ""
    while page := images.listed(limit=2, cursor=cursor):
        assert len(page) <= 2
        cursor = page[-1]["name"]
        found += [image["name"] for image in page]
    assert found == everything


def test_a_bad_cursor(images):
    for cursor in ("a\0b", "x" * 2000):
        with pytest.raises(grpc.RpcError) as failed:
            images.listed(cursor=cursor)
        is_refused(failed.value, BAD, "invalid_cursor")


def test_chunks_of_any_size(images):
    content = png(more=3_000_000)
    for size in (1000, 65_536, 4 * 1024 * 1024 - 16):
        assert images.upload(fresh(), content, size).image.sha256 == hashlib.sha256(content).hexdigest()


def test_the_same_bytes_again_and_other_bytes(images):
    name, first, second = fresh(), png(), png()
    assert images.upload(name, first).created
    again = images.upload(name, first)
    assert (again.created, again.image.name) == (False, name)
    other = images.upload(name, second)
    assert other.created and other.image.name != name


def test_of_many_uploads_at_once_under_one_name_none_is_lost(images, http):
    name, contents = fresh(), [png() for _ in range(8)] * 2
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda content: images.upload(name, content).image, contents))
    assert len({image.name for image in answers}) == 8
    for image, content in zip(answers, contents):
        assert http.get(image.url).content == content


@pytest.mark.parametrize(
    ("given", "stored"), [("../../etc/{}.png", "etc_{}.png"), ("Ünï {}.png", "Uni_{}.png"), ("日本{}.png", "{}.png")]
)
def test_names_are_made_safe(images, given, stored):
    unique = uuid.uuid4().hex
    assert images.upload(given.format(unique), png()).image.name == stored.format(unique)


@pytest.mark.parametrize("name", ["", "..", "___", "日本", "/", "<>"])
def test_a_name_that_comes_to_nothing(images, name):
    refused(images, images.messages(name, png()), BAD, "invalid_name")


@pytest.mark.parametrize("what", NO_IMAGES)
def test_only_images(images, nothing_stays, what):
    name = fresh()
    refused(images, images.messages(name, NO_IMAGES[what]), BAD, "not_an_image")
    nothing_stays(name)


def test_streams_that_are_no_upload(images, nothing_stays):
    name, content = fresh(), png()
    empty = images.stub.UploadImageRequest()
    for messages, code in [
        ([], "missing_field"),
        ([images.chunk(content)], "missing_field"),
        ([images.chunk(content), images.info(name)], "missing_field"),
        ([empty, images.info(name)], "missing_field"),
        ([images.info(name), images.info(name), images.chunk(content)], "repeated"),
        ([images.info(name), images.chunk(content), images.info(name)], "repeated"),
    ]:
        refused(images, messages, BAD, code)
        nothing_stays(name)
    assert images.send([images.info(name), empty, images.chunk(content), images.chunk(b"")]).created


def test_the_bounds(images, nothing_stays):
    name = fresh()
    for width, height in ((60_000, 60_000), (50_000_001, 1)):
        refused(images, images.messages(name, png(width, height)), TOO_MUCH, "too_large")
    most = 20 * 1024 * 1024
    content = png(more=most - 1000)
    content += b"\0" * (most - len(content))
    assert images.upload(fresh(), content).image.size == most
    refused(images, images.messages(name, content + b"\0"), TOO_MUCH, "too_large")
    refused(images, images.messages(name, png(more=5_000_000), 4 * 1024 * 1024), TOO_MUCH, "too_large")
    nothing_stays(name)


def test_a_refused_sender_does_not_have_to_send_it_all(images):
    sent = 0

    def endless():
        nonlocal sent
        yield images.info(fresh())
        while True:
            yield images.chunk(b"no image at all" * 4000)
            sent += 1

    refused(images, endless(), BAD, "not_an_image")
    assert sent < 1000


def test_compressed_messages_are_not_taken(images):
    refused(
        images,
        images.messages(fresh(), png()),
        grpc.StatusCode.UNIMPLEMENTED,
        "unsupported_media_type",
        compression=grpc.Compression.Gzip,
    )


def begun(images, name, **options):
    """An upload of which all is sent but the end, and what ends it."""
    all_sent, end = threading.Event(), threading.Event()

    def messages():
        yield from images.messages(name, png())
        all_sent.set()
        end.wait(PATIENCE)

    call = images.stub.uploadImage.future(messages(), **options)
    assert all_sent.wait(PATIENCE)
    return call, end


def test_an_upload_that_is_cancelled_leaves_nothing(images, programs, nothing_stays):
    name, staging = fresh(), programs.folder / "data/images/.staging"
    call, end = begun(images, name)
    until(lambda: any(staging.glob("*")), "the image to be received")
    call.cancel()
    nothing_stays(name)
    end.set()


def test_an_upload_whose_time_is_over_leaves_nothing(images, nothing_stays):
    name = fresh()
    call, end = begun(images, name, timeout=0.5)
    assert call.exception().code() == grpc.StatusCode.DEADLINE_EXCEEDED
    nothing_stays(name)
    end.set()


def test_a_list_that_is_given_up_holds_nothing_up(images):
    images.upload(fresh(), png())
    for _ in range(50):
        calls = images.stub.listImages(images.stub.ListImagesRequest(), timeout=PATIENCE)
        next(calls)
        calls.cancel()
    assert images.listed()


def test_request_ids(images):
    _, call = images.stub.uploadImage.with_call(
        images.messages(fresh(), png()), timeout=PATIENCE, metadata=[("x-request-id", "my-own-id")]
    )
    assert dict(call.initial_metadata())["x-request-id"] == "my-own-id"


def test_the_url_follows_the_authority_that_was_asked(hexad):
    name = fresh()
    images = Images(hexad.image, **{"grpc.default_authority": "images.example:8080"})
    assert images.upload(name, png()).image.url == f"http://images.example:8080/images/{name}"


def test_the_url_is_that_of_the_proxy_before_it_where_that_is_trusted(programs, images):
    name, told = fresh(), [("forwarded", "proto=https;host=images.example")]
    behind = Images(programs.service("image", TRUSTED_PROXIES="127.0.0.1"))
    url = f"https://images.example/images/{name}"
    assert behind.send(behind.messages(name, content := png()), metadata=told).image.url == url
    assert images.send(images.messages(name, content), metadata=told).image.url != url


def test_what_is_not_there(images):
    for path in (f"/{IMAGES}/deleteImage", "/nobody.Knows/This"):
        call = images.channel.unary_unary(path)
        with pytest.raises(grpc.RpcError) as failed:
            call(b"", timeout=PATIENCE)
        is_refused(failed.value, grpc.StatusCode.UNIMPLEMENTED, "not_found")


def test_health(images):
    health = Stub(images.channel, HEALTH)
    serving = health.Check(health.HealthCheckRequest(), timeout=PATIENCE)
    assert as_dict(serving) == {"status": "SERVING"}
    assert health.Check(health.HealthCheckRequest(service=IMAGES), timeout=PATIENCE) == serving
    with pytest.raises(grpc.RpcError) as failed:
        health.Check(health.HealthCheckRequest(service="nobody"), timeout=PATIENCE)
    assert failed.value.code() == grpc.StatusCode.NOT_FOUND
    watch = health.Watch(health.HealthCheckRequest(service=IMAGES))
    assert next(watch) == serving
    watch.cancel()


def test_a_service_that_stops_says_so_to_who_watches(programs):
    image = programs.service("image")
    channel = Images(image).channel
    health = Stub(channel, HEALTH)
    watch = health.Watch(health.HealthCheckRequest())
    assert as_dict(next(watch)) == {"status": "SERVING"}
    begun = time.monotonic()
    assert image.stop() == 0
    assert time.monotonic() - begun < 8, "it waits for nobody who watches"
    with pytest.raises(grpc.RpcError) as failed:
        next(watch)
    is_refused(failed.value, grpc.StatusCode.UNAVAILABLE, "unavailable")
