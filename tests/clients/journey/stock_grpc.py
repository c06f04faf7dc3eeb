"""The image service by gRPC, as grpcio speaks it: all that it knows of the service it asks by server reflection."""

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

IMAGES = "hexad.image.v1.ImageDelivery"
HEALTH = "grpc.health.v1.Health"
PATIENCE = 30
CHUNK = 64 * 1024


class Stub:
    """A service, with a callable for each of its methods."""

    def __init__(self, channel, name):
        self.database = ProtoReflectionDescriptorDatabase(channel)
        service = DescriptorPool(self.database).FindServiceByName(name)
        for method in service.methods:
            sides = (method.client_streaming, method.server_streaming)
            kind = "_".join("stream" if streaming else "unary" for streaming in sides)
            request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
            call = getattr(channel, kind)(
                f"/{name}/{method.name}",
                request_serializer=request.SerializeToString,
                response_deserializer=response.FromString,
            )
            setattr(self, method.name, call)
            setattr(self, request.DESCRIPTOR.name, request)


class Images:
    """What a client of the image service does."""

    def __init__(self, service, **options):
        self.channel = grpc.insecure_channel(f"127.0.0.1:{service.port}", options=list(options.items()))
        self.stub = Stub(self.channel, IMAGES)

    def info(self, name):
        return self.stub.UploadImageRequest(info={"name": name})

    def chunk(self, content):
        return self.stub.UploadImageRequest(chunk=content)

    def messages(self, name, content, size=CHUNK):
        yield self.info(name)
        for start in range(0, len(content), size):
            yield self.chunk(content[start : start + size])

    def send(self, messages, **options):
        """The answer to an upload of these messages."""
        return self.stub.uploadImage(iter(messages), **{"timeout": PATIENCE, **options})

    def upload(self, name, content, size=CHUNK):
        return self.send(self.messages(name, content, size))

    def listed(self, limit=0, cursor=""):
        request = self.stub.ListImagesRequest(limit=limit, cursor=cursor)
        return [as_dict(image) for image in self.stub.listImages(request, timeout=PATIENCE)]


def as_dict(message):
    """All fields by the names of the `.proto` file. (A number of 64 bits is a text in JSON.)"""
    fields = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    for image in (fields, fields.get("image", {})):
        if "size" in image:
            image["size"] = int(image["size"])
    return fields


def is_refused(error, status, code):
    """Holds a failed call to be that line of the table of errors."""
    assert error.code() == status, error
    trailers = dict(error.trailing_metadata())
    assert trailers["hexad-code"] == code, error
    assert error.details()
    assert ("retry-after" in trailers) == (status == grpc.StatusCode.UNAVAILABLE)
    # It stands in the head of an answer; one that is nothing but its status has all in one place.
    assert {**dict(error.initial_metadata()), **trailers}["x-request-id"]
