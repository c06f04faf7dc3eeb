"""Behind a real reverse proxy, which changes the Host and stands for every client: the address in the description and
in the URLs of images must be the one that clients have to use."""

from types import SimpleNamespace

import pytest
import requests

from journey import documentation, pictures, stock_soap
from journey.nginx import Nginx
from journey.programs import free_ports
from journey.schema import addresses, description

EVIL = {"X-Forwarded-Host": "evil.example", "Forwarded": "for=10.0.0.1;host=evil.example;proto=https"}
BEHIND = {"TRUSTED_PROXIES": "127.0.0.1"}


@pytest.fixture(scope="module")
def proxied(programs, hexad, tmp_path_factory):
    """Services behind nginx, each at the port where its clients find it."""
    (documented,) = documentation.blocks("settings.md", "Behind a proxy", "nginx")
    assert "http://127.0.0.1:5002" in documented
    registration = programs.service("user_soap", **BEHIND)
    lookup, images = programs.service("user_lookup", **BEHIND), programs.service("image", **BEHIND)
    # From here on nobody else takes a port.
    names = ["registration", "lookup", "images", "standard", "tls", "path", "doubtful"]
    own, *free = free_ports(1 + len(names))
    ports = dict(zip(names, free))
    public_url = f"http://127.0.0.1:{ports['path']}/people/"
    public = programs.start("user-soap-service", own, PORT=str(own), PUBLIC_URL=public_url)
    public.wait_until_healthy("/user-soap/health")

    def as_documented(service):
        return documented.replace("http://127.0.0.1:5002", service.url)

    servers = {
        "registration": as_documented(registration),
        "lookup": as_documented(lookup),
        "images": as_documented(images),
        # As the standard has it.
        "standard": f"""location / {{
            proxy_pass {registration.url};
            proxy_set_header Forwarded 'for=$remote_addr;proto=$scheme;host="$http_host"';
        }}""",
        # What a proxy that ends TLS says.
        "tls": as_documented(registration).replace("$scheme", "https").replace("$http_host", "api.example"),
        # The path is the proxy's own.
        "path": f"location /people/ {{ proxy_pass {public.url}/; }}",
        # As documented, but the service does not know that the proxy is one.
        "doubtful": as_documented(hexad.user_soap),
    }
    with Nginx(tmp_path_factory.mktemp("nginx"), {ports[name]: servers[name] for name in names}):
        yield SimpleNamespace(**{name: Front(port) for name, port in ports.items()})


class Front:
    """Where clients find a service."""

    def __init__(self, port):
        self.port = port

    def at(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.mark.parametrize("kind", ["registration", "standard"])
@pytest.mark.parametrize("binding", ["Soap11", "Soap12"])
def test_a_client_made_at_the_proxy_works_through_the_proxy(proxied, http, person, kind, binding):
    front = getattr(proxied, kind)
    assert set(addresses(description(front, "/register")).values()) == {front.at("/register")}
    answer = stock_soap.client(front, "/register", binding, http).registerUser(**person.fields())
    assert answer.message == "User registered successfully"
    found = stock_soap.client(proxied.lookup, "/user/soap", binding, http).getUserByUsername(username=person.username)
    assert found.id == answer.id


def test_a_proxy_that_ends_tls_says_so(proxied):
    told = addresses(description(proxied.tls, "/register"))
    assert set(told.values()) == {"https://api.example/register"}


def test_a_proxy_with_a_path_of_its_own_takes_the_setting(proxied, http, person):
    front = proxied.path
    assert set(addresses(description(front, "/people/register")).values()) == {front.at("/people/register")}
    client = stock_soap.client(front, "/people/register", "Soap11", http)
    assert client.registerUser(**person.fields()).message == "User registered successfully"


def test_a_proxy_that_nobody_named_is_not_believed(proxied, hexad):
    assert set(addresses(description(proxied.doubtful, "/register")).values()) == {hexad.user_soap.at("/register")}


@pytest.mark.parametrize("kind", ["registration", "standard", "doubtful"])
def test_what_a_client_makes_up_never_gets_through(proxied, kind):
    told = addresses(description(getattr(proxied, kind), "/register", headers=EVIL))
    assert not any("evil" in address for address in told.values())


def test_what_a_client_makes_up_without_a_proxy_is_not_believed(hexad):
    told = addresses(description(hexad.user_soap, "/register", headers=EVIL))
    assert set(told.values()) == {hexad.user_soap.at("/register")}


def test_images_are_fetched_through_the_proxy(proxied):
    picture = pictures.png(1, 1)
    answer = requests.post(proxied.images.at("/images"), files={"file": ("behind.png", picture)}, timeout=10)
    assert answer.status_code == 201, answer.text
    url = answer.json()["url"]
    assert url.startswith(proxied.images.at("/images/"))
    assert requests.get(url, timeout=10).content == picture
