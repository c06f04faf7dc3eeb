"""Uploads as requests makes them."""

import uuid

import requests


def fresh(name="picture.png"):
    """A file name that no other test has."""
    return f"{uuid.uuid4().hex}-{name}"


def upload(service, name, content, route="/upload_image", content_type=None):
    file = (name, content, content_type) if content_type else (name, content)
    return requests.post(service.at(route), files={"file": file}, timeout=30)


def url_of(answer):
    assert answer.ok, answer.text
    return answer.json()["url"]
