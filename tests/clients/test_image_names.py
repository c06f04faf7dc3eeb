"""What an uploaded file is called: as werkzeug, the original's library, reads it out of the form."""

import io
import random
import uuid

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Request

from journey.pictures import png

FORM = "multipart/form-data; boundary=b"
DISPOSITIONS = [
    'form-data; name="file"; filename="{}.png"',
    # .NET's MultipartFormDataContent.
    "form-data; name=file; filename=\"=?utf-8?B?w7FhbmTDui5wbmc=?=\"; filename*=utf-8''%C3%B1and%C3%BA{}.png",
    # Browsers and curl write a quote so, and RFC 9110 so.
    'form-data; name="file"; filename="q%22uo{}.png"',
    'form-data; name="file"; filename="q\\"uo{}.png"',
    'form-data; name="file"; filename="C:\\Users\\me\\{}.png"',
    'form-data; name="file"; filename="C:\\\\Users\\\\me\\\\{}.png"',
    'form-data; name="file"; filename=plain{}.png',
    'form-data; name="file"; filename={} b.png',
    'form-data; name="file"; filename="a;b=c{}.png"; size=5',
    'form-data; filename="{}.png"; name="file"',
    'form-data;name="file";filename="{}.png";',
    'FORM-DATA; NAME="file"; FILENAME="{}.png"',
    'form-data; name="file"; filename*0="co{}"; filename*1="nt.png"',
    "form-data; name=\"file\"; filename*=iso-8859-1''n%E9l{}.png",
    "form-data; name=\"file\"; filename*=UTF-8''%ff%fe{}.png",
    "form-data; name=\"file\"; filename*=koi8-r''%C1{}.png",
    "form-data; name=\"file\"; filename=\"\"; filename*=utf-8''star{}.png",
    "form-data; name=\"file\"; filename*=utf-8''star{}.png; filename=\"plain{}.png\"",
    'form-data; name="file"; filename="1{}.png"; filename="2{}.png"',
    "form-data; name*=utf-8''file; filename=\"{}.png\"",
    'form-data; name="file"; filename="日本{}.png"',
    # None of these has a file.
    'form-data; name="file"; filename="{}.png',
    "form-data; name='file'; filename='{}.png'",
    'name="file"; filename="{}.png"',
    'form-data; name="file" ; filename = "{}.png"',
    'form-data; name="file"; filename=""',
    "form-data; name=\"file\"; {}",
]


def body_of(disposition, content):
    return f"--b\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n--b--\r\n"


def by_werkzeug(body):
    builder = EnvironBuilder(method="POST", input_stream=io.BytesIO(body), content_type=FORM, content_length=len(body))
    file = Request(builder.get_environ()).files.get("file")
    return secure_filename(file.filename) if file and file.filename else None


def stored(hexad, http, body):
    """The name that it got, or the code of the refusal."""
    answer = http.post(hexad.image.at("/upload_image"), data=body, headers={"Content-Type": FORM}).json()
    return answer["url"].rsplit("/", 1)[1] if "url" in answer else answer["code"]


@pytest.mark.parametrize("disposition", DISPOSITIONS)
def test_a_name_is_read_as_werkzeug_reads_it(hexad, http, disposition):
    body = body_of(disposition.replace("{}", uuid.uuid4().hex), png())
    assert stored(hexad, http, body) == (by_werkzeug(body) or "no_file")


def test_a_name_in_any_pieces_is_read_as_werkzeug_reads_it(hexad, http):
    chance = random.Random(20261127)
    keys = ["name", "filename", "FileName", "filename*", "filename*0", "filename*1", "filename*1*", "filename**", "x", ""]
    values = ["file", "a.png", '"b c.png"', "utf-8''%C3%A9", "iso-8859-1'en'%E9.png", "''%41", "latin9''%41", '"\\"%22\\\\"', '"', ""]
    ends = ["; ", ";", " ;", ";;", " "]
    files = 0
    for _ in range(300):
        parameters = "".join(
            chance.choice(keys) + chance.choice(["=", "=", "=", " = ", ""]) + chance.choice(values) + chance.choice(ends)
            for _ in range(chance.randint(1, 6))
        )
        unique = uuid.uuid4().hex
        body = body_of(f'form-data; name="file"; {parameters}; filename*9="{unique}"'[: chance.randint(30, 300)], png())
        expected = by_werkzeug(body)
        files += bool(expected)
        name = stored(hexad, http, body)
        # A name that another had already has a digest.
        stem, _, extension = expected.rpartition(".") if expected and "." in expected else (expected, "", "")
        assert name == (expected or name) or name.startswith(f"{stem}-") and name.endswith(extension), body[:400]
        assert expected or name in ("no_file", "invalid_name"), body[:400]
    assert files > 100
