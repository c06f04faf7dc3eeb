"""Image delivery by gRPC, as grpcurl speaks it: by server reflection, which it asks in version 1."""

import base64
import json

from journey.pictures import SAMPLES, png
from journey.stock_grpc import HEALTH, IMAGES
from journey.stock_grpcurl import documents, grpcurl
from journey.uploads import fresh


def upload(service, *messages, options=()):
    text = "\n".join(json.dumps(message) for message in messages)
    return grpcurl(service, *options, f"{IMAGES}/uploadImage", given=text)


def chunk(content):
    return {"chunk": base64.b64encode(content).decode()}


def test_what_there_is(hexad):
    code, services, _ = grpcurl(hexad.image, "list")
    assert code == 0
    assert services.split() == [HEALTH, "grpc.reflection.v1.ServerReflection", IMAGES]
    code, methods, _ = grpcurl(hexad.image, "list", IMAGES)
    assert methods.split() == [f"{IMAGES}.listImages", f"{IMAGES}.uploadImage"]
    code, described, _ = grpcurl(hexad.image, "describe", IMAGES)
    assert "rpc uploadImage ( stream .hexad.image.v1.UploadImageRequest )" in described
    assert "All images in the order of their names" in described, "with the comments of the file"


def test_an_upload_and_the_list(hexad, http):
    name, content = fresh(), (SAMPLES / "truecolour-27x11.png").read_bytes()
    code, answer, errors = upload(hexad.image, {"info": {"name": name}}, chunk(content[:50]), chunk(content[50:]))
    assert (code, errors) == (0, "")
    image = json.loads(answer)["image"]
    assert (image["name"], image["contentType"], image["size"]) == (name, "image/png", str(len(content)))
    assert http.get(image["url"]).content == content
    code, listed, _ = grpcurl(hexad.image, f"{IMAGES}/listImages")
    assert name in [image["name"] for image in documents(listed)]


def test_a_refusal_is_one_status(hexad):
    code, _, errors = upload(hexad.image, chunk(png()), options=("-v",))
    # The exit code is 64 and the number of the status.
    assert code == 64 + 3
    assert "Code: InvalidArgument" in errors
    code, shown, errors = upload(hexad.image, {"info": {"name": fresh()}}, chunk(b"no image"), options=("-v",))
    assert code == 64 + 3 and "hexad-code: not_an_image" in shown + errors


def test_health(hexad):
    code, answer, _ = grpcurl(hexad.image, f"{HEALTH}/Check")
    assert (code, json.loads(answer)) == (0, {"status": "SERVING"})
