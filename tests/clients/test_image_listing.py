"""Listings of images: all of them, or page by page."""

import pytest
import requests

from journey.pictures import png
from journey.problems import is_problem
from journey.uploads import fresh, upload, url_of


@pytest.fixture(scope="module")
def listed(hexad):
    """More images than a page of this test's size."""
    return {url_of(upload(hexad.image, fresh(), png())) for _ in range(7)}


def test_a_listing_of_all(hexad, http, listed):
    answer = http.get(hexad.image.at("/list_images"))
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"urls", "next"} and body["next"] is None
    assert set(body["urls"]) >= listed
    assert body["urls"] == sorted(body["urls"])


@pytest.mark.parametrize("route", ["/list_images", "/images"])
def test_a_listing_page_by_page(hexad, http, listed, route):
    seen, cursor = [], None
    while True:
        parameters = {"limit": 3} if cursor is None else {"limit": 3, "cursor": cursor}
        page = http.get(hexad.image.at(route), params=parameters).json()
        assert len(page["urls"]) == 3 or page["next"] is None
        seen += page["urls"]
        if (cursor := page["next"]) is None:
            break
    assert seen == http.get(hexad.image.at("/list_images")).json()["urls"]
    assert len(set(seen)) == len(seen)
    assert http.get(seen[0]).status_code == 200


@pytest.mark.parametrize("route", ["/list_images", "/images"])
def test_a_bad_limit_or_cursor(hexad, http, listed, route):
    for limit in ("0", "1001", "-1", "1.5", "many", "", "9" * 30):
        is_problem(http.get(hexad.image.at(route), params={"limit": limit}), 400, "invalid_field", "error")
    assert http.get(hexad.image.at(route), params={"limit": 1000}).ok
    for cursor in ("nonsense!", "../..", "", "ÿ"):
        parameters = {"limit": 3, "cursor": cursor}
        is_problem(http.get(hexad.image.at(route), params=parameters), 400, "invalid_cursor", "error")


def test_the_url_is_what_the_settings_say(programs, hexad, listed):
    for settings, prefix in (
        ({"PUBLIC_URL": "https://img.example"}, "https://img.example/images/"),
        (
            {"IMAGE_PUBLIC_URL": "https://cdn.example/pictures", "PUBLIC_URL": "https://x.example"},
            "https://cdn.example/pictures/",
        ),
    ):
        service = programs.service("image", **settings)
        name = fresh()
        assert url_of(upload(service, name, png())) == prefix + name
        urls = requests.get(service.at("/list_images"), timeout=10).json()["urls"]
        assert prefix + name in urls and all(url.startswith(prefix) for url in urls)
        assert service.stop() == 0
