"""Images in a bucket: fetched straight from it, and beside what others have stored there."""

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from urllib.parse import quote, unquote

import pytest
import requests

from journey.pictures import SAMPLES, TYPES, png
from journey.place import Place
from journey.problems import is_problem
from journey.uploads import fresh, upload, url_of

# What somebody may call an object; the originals' own names are those of uploads.
ODD = [
    "a b.png",
    "+plus+.png",
    "100%.png",
    "%41.png",
    "日本.png",
    "e\u0301.png",
    "q?a=b&c#d.png",
    "<'\">.png",
    "~tilde~.png",
    "_under_",
    "folder/cat.png",
    "folder/of folders/日本.png",
    "n" * 240 + ".png",
]


@pytest.fixture(scope="module")
def bucket(started):
    """A bucket that an original filled, the service on it, and what the original stored in which objects."""
    place = Place()
    s3 = place.s3()
    s3.create_bucket(Bucket=place.bucket)
    contents = {name: png() for name in ["theirs.jpg", *ODD]}
    for name, content in contents.items():
        # As the originals: no type, and an ACL that MinIO takes no notice of.
        s3.upload_fileobj(io.BytesIO(content), place.bucket, name, ExtraArgs={"ACL": "public-read"})
    s3.put_object(Bucket=place.bucket, Key="an empty folder/")
    s3.put_object(Bucket=place.bucket, Key="page.html", Body=b"<!doctype html><script>alert(1)</script>")
    image = started.service("image", **place.settings(), IMAGE_BUCKET_POLICY="apply")
    return SimpleNamespace(place=place, s3=s3, contents=contents, image=image)


def by_the_service(bucket, url):
    """The same image, as the service itself serves it."""
    return bucket.image.at("/images/" + url.removeprefix(bucket.place.bucket_url + "/"))


def test_an_upload_is_the_same_straight_from_the_bucket_and_by_the_service(bucket, http):
    for sample in ("baseline-37x21.jpg", "alpha-54x32.avif", "still-17x19.gif"):
        content = (SAMPLES / sample).read_bytes()
        url = url_of(upload(bucket.image, fresh(sample + ".html"), content, content_type="text/html"))
        assert url.startswith(bucket.place.bucket_url + "/")
        straight, ours = http.get(url), http.get(by_the_service(bucket, url))
        assert (straight.status_code, ours.status_code) == (200, 200)
        assert straight.content == ours.content == content
        assert straight.headers["Content-Type"] == TYPES[sample.rsplit(".")[-1]]
        assert straight.headers["Cache-Control"] == "public, max-age=86400, immutable"
        for name in ("Content-Type", "Cache-Control", "Content-Length", "ETag", "Last-Modified", "Accept-Ranges"):
            assert ours.headers[name] == straight.headers[name], name
        # What an answer of the one allows, the other understands.
        for source in (url, by_the_service(bucket, url)):
            part = http.get(source, headers={"Range": "bytes=5-9", "If-Range": straight.headers["ETag"]})
            assert (part.status_code, part.content) == (206, content[5:10])
            assert part.headers["Content-Range"] == f"bytes 5-9/{len(content)}"
            assert http.get(source, headers={"If-None-Match": straight.headers["ETag"]}).status_code == 304
            assert http.get(source, headers={"If-Match": '"another"'}).status_code == 412
            assert http.get(source, headers={"Range": f"bytes={len(content)}-"}).status_code == 416


def test_a_put_is_fetched_straight_from_the_bucket(bucket, http):
    name, content = fresh(), png(more=300_000)
    answer = http.put(bucket.image.at(f"/images/{name}"), data=content)
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{bucket.place.bucket_url}/{name}")
    assert http.get(answer.headers["Location"]).content == content
    assert http.put(bucket.image.at(f"/images/{name}"), data=content).status_code == 200
    assert http.put(bucket.image.at(f"/images/{name}"), data=png()).status_code == 409


def test_what_others_stored_is_listed_and_fetched_from_both(bucket, http):
    urls = http.get(bucket.image.at("/list_images")).json()["urls"]
    found = {}
    for url in urls:
        straight, ours = http.get(url), http.get(by_the_service(bucket, url))
        assert (straight.status_code, ours.status_code) == (200, 200), url
        assert straight.content == ours.content, url
        found[ours.content] = ours.headers
    for name, content in bucket.contents.items():
        # Their objects have no type: the bytes tell it.
        assert found[content]["Content-Type"] == "image/png", name
    page = found[b"<!doctype html><script>alert(1)</script>"]
    assert (page["Content-Type"], page["Content-Disposition"]) == ("application/octet-stream", "attachment")
    assert not any(url.endswith("%2F") or ".hexad" in url for url in urls), "neither what marks a folder nor what is ours"


def test_what_an_original_stored_is_never_overwritten(bucket, http):
    content = bucket.contents["theirs.jpg"]
    theirs = f"{bucket.place.bucket_url}/theirs.jpg"
    assert url_of(upload(bucket.image, "theirs.jpg", content)) == theirs
    other = png()
    assert url_of(upload(bucket.image, "theirs.jpg", other)) != theirs
    assert http.put(bucket.image.at("/images/theirs.jpg"), data=other).status_code == 409
    assert http.put(bucket.image.at("/images/theirs.jpg"), data=content).status_code == 200
    assert http.get(theirs).content == content


def test_a_name_that_is_a_folder_too(bucket, http):
    content = png()
    url = url_of(upload(bucket.image, "folder", content))
    assert http.get(url).content == content
    assert http.get(bucket.place.bucket_url + "/folder/cat.png").content == bucket.contents["folder/cat.png"]


def test_an_original_that_overwrites_is_seen(bucket, http):
    """One that still runs beside us replaces objects: what is served is one image or the other, and no mixture."""
    place, url = bucket.place, bucket.image.at("/images/replaced.png")
    contents = [png(more=size) for size in (200_000, 150_000)]

    def put(number):
        bucket.s3.put_object(Bucket=place.bucket, Key="replaced.png", Body=contents[number % 2])

    put(0)
    with ThreadPoolExecutor(1) as side_by_side:
        replacing = side_by_side.submit(lambda: [put(number) for number in range(40)])
        while not replacing.done():
            part = http.get(url, headers={"Range": "bytes=100000-"})
            total = int(part.headers.get("Content-Range", "/0").rsplit("/")[-1])
            if part.status_code == 206:
                whole = next(content for content in contents if len(content) == total)
                assert part.content == whole[100_000:]
            else:
                assert part.status_code == 200 and part.content in contents
        replacing.result()


def test_more_than_a_page_of_the_store_is_listed(bucket, http):
    names = [f"many-{number:04}.png" for number in range(1_200)]

    def put(name):
        bucket.s3.put_object(Bucket=bucket.place.bucket, Key=name, Body=b"x")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put, names))
    listed = http.get(bucket.image.at("/list_images")).json()["urls"]
    assert [url for url in listed if "/many-" in url] == [f"{bucket.place.bucket_url}/{name}" for name in names]
    paged, cursor = [], None
    while True:
        page = http.get(bucket.image.at("/images"), params={"limit": 1000, "cursor": cursor}).json()
        paged += page["urls"]
        if (cursor := page["next"]) is None:
            break
    assert paged == listed


@pytest.mark.parametrize("name", ["a//b", "..\\x", "\\..\\", "a/ ..", "n" * 256, "n" * 1024])
def test_a_name_that_the_store_refuses_is_not_found(bucket, http, name):
    url = bucket.image.at("/images/" + quote(name, safe=""))
    for headers in ({}, {"Range": "bytes=0-4"}, {"If-None-Match": "*"}):
        is_problem(http.get(url, headers=headers), 404, "image_not_found", "error")
        assert http.head(url, headers=headers).status_code == 404


@pytest.mark.parametrize("route", ["/images?limit=5&", "/list_images?"])
@pytest.mark.parametrize("name", ["..", ".", "./x", "../x", "a/../b", "..\\x", "n" * 1024])
def test_a_cursor_need_not_be_a_name_that_the_store_takes(bucket, http, name, route):
    cursor = base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")
    listed = http.get(bucket.image.at(f"{route}cursor={cursor}"))
    assert listed.status_code == 200
    everything = http.get(bucket.image.at("/list_images")).json()["urls"]
    names = {url: unquote(url.removeprefix(bucket.place.bucket_url + "/")) for url in everything}
    after = [url for url in everything if names[url].encode() > name.encode()]
    assert listed.json()["urls"] == (after[:5] if "limit" in route else after)
