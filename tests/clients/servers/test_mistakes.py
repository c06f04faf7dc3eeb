"""What only an operator can mend ends the start: one line that names the setting and the cause, and no secret."""

import subprocess

import pytest

from journey.place import Place
from journey.programs import SERVICES, binary

SECRET = "pa55word-that-nobody-may-read"


@pytest.fixture(scope="module")
def place():
    return Place()


def ends(service, settings, names, *words):
    """The program ends by itself with one such line."""
    program, _ = SERVICES[service]
    environment = {"PORT": "0", "HOST": "127.0.0.1", "JWT_SECRET": "k" * 40, "APP_ENV": "production", **settings}
    ended = subprocess.run([binary(program)], env=environment, capture_output=True, text=True, timeout=30, cwd="/")
    assert ended.returncode == 1, ended.stderr
    line = [line for line in ended.stderr.splitlines() if line.startswith(program)]
    assert len(line) == 1, ended.stderr
    assert any(name in line[0] for name in names), line
    assert all(word in line[0] for word in words), line
    assert SECRET not in ended.stderr + ended.stdout


MISTAKES = {
    "the password of PostgreSQL": ("auth", {"POSTGRESQL_PASSWORD": SECRET}, ["POSTGRESQL_PASSWORD"]),
    "a database that is not there": ("user_lookup", {"POSTGRESQL_DATABASE": "nowhere"}, ["POSTGRESQL_DATABASE"]),
    "the password of RabbitMQ": ("user_soap", {"RABBITMQ_PASSWORD": SECRET}, ["RABBITMQ_PASSWORD", "RABBITMQ_USER"]),
    "a virtual host that is not there": ("session", {"RABBITMQ_VHOST": "nowhere"}, ["RABBITMQ_VHOST"]),
    "the key of the bucket": ("image", {"AWS_SECRET_ACCESS_KEY": SECRET}, ["AWS_SECRET_ACCESS_KEY"]),
    "whose key it is": ("image", {"AWS_ACCESS_KEY_ID": "nobody"}, ["AWS_ACCESS_KEY_ID"]),
    "a name that no bucket can have": ("image", {"AWS_BUCKET_NAME": "No_Bucket"}, ["AWS_BUCKET_NAME"]),
    "an address that is none": ("image", {"AWS_ENDPOINT_URL": "minio:9000"}, ["AWS_ENDPOINT_URL"]),
    "a connection string that is none": ("session", {"MONGO_URI": f"mongo://x:{SECRET}@h/d"}, ["MONGO_URI"]),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_ends_the_start(what, place):
    service, changes, names = MISTAKES[what]
    ends(service, {**place.settings(), **changes}, names)


def test_a_url_with_the_wrong_scheme(place):
    settings = {name: value for name, value in place.settings().items() if not name.startswith("POSTGRESQL_")}
    ends("auth", {**settings, "DATABASE_URL": f"mysql://root:{SECRET}@127.0.0.1/x"}, ["DATABASE_URL"])


def test_a_table_without_the_constraint_that_registrations_rest_on(started):
    place = Place()
    with place.database() as database:
        database.execute(
            'CREATE TABLE "user" (id UUID PRIMARY KEY, username VARCHAR(80) NOT NULL, password VARCHAR(200) NOT NULL,'
            " first_name VARCHAR(100) NOT NULL, last_name VARCHAR(100) NOT NULL, dni VARCHAR(20) NOT NULL UNIQUE,"
            " email VARCHAR(120) NOT NULL UNIQUE, city VARCHAR(100) NOT NULL)"
        )
    ends("user_soap", place.settings(), ["POSTGRESQL_"], "username", "UNIQUE")


def test_a_schema_newer_than_the_program(started):
    place = Place()
    started.service("user_soap", **place.settings()).stop()
    with place.database() as database:
        database.execute(
            "INSERT INTO hexad_migrations (version, description, success, checksum, execution_time)"
            " VALUES (9999, 'of tomorrow', true, '', 0)"
        )
    ends("auth", place.settings(), ["POSTGRESQL_DATABASE"], "9999", "newer")
    place.mongo()["session_service"].insert_one({"_id": "schema", "version": 9999})
    ends("session", place.settings(), ["MONGO_URI"], "newer")


def test_a_certificate_that_nobody_known_has_signed(place):
    settings = {name: value for name, value in place.settings().items() if not name.startswith("POSTGRESQL_")}
    url = f"{place.database_url}?sslmode=verify-full"
    ends("auth", {**settings, "DATABASE_URL": url}, ["DATABASE_URL"], "certificate")


def test_an_exchange_of_another_type(started):
    place = Place()
    place.api("PUT", f"/exchanges/{place.name}/domain-events", {"type": "fanout", "durable": True})
    ends("user_soap", place.settings(), ["RABBITMQ_"], "domain-events", "topic")


def test_a_role_that_may_not_write(started):
    place = Place()
    role = place.role("reader")
    with place.database() as database:
        database.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'reads'")
    ends("auth", {**place.settings(), "POSTGRESQL_USER": role, "POSTGRESQL_PASSWORD": "reads"}, ["POSTGRESQL_USER"])


def test_production_names_what_is_missing(place):
    settings = {name: value for name, value in place.settings().items() if not name.startswith("POSTGRESQL_")}
    ends("auth", settings, ["DATABASE_URL", "POSTGRESQL_HOST"])


@pytest.mark.parametrize("service", SERVICES)
def test_no_address_of_anybodys_is_a_default(service):
    """The servers of the originals' own deployment are an example in the documentation, and nowhere else."""
    program, _ = SERVICES[service]
    told = subprocess.run([binary(program), "--help"], env={}, capture_output=True, text=True, timeout=30, check=True)
    assert "RABBITMQ_HOST" in told.stdout or service not in ("auth", "user_soap", "session")
    assert "52.5.219.178" not in told.stdout
