"""A place of its own on each real server: a database, a document database, a virtual host, a bucket not made yet."""

import os
import uuid
from urllib.parse import quote, urlsplit, urlunsplit

import boto3
import pika
import psycopg
import pymongo
import requests


def _server(variable):
    value = os.environ.get(variable)
    if not value:
        raise RuntimeError(f'{variable} is not set: run tests/servers start and eval "$(tests/servers env)"')
    return value


def _path(url, path):
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


class Place:
    made = []

    def __init__(self):
        Place.made.append(self)
        self.roles = []
        self.name = f"hexad_client_{uuid.uuid4().hex[:12]}"
        self.bucket = self.name.replace("_", "-")
        self._postgres = _server("HEXAD_TEST_POSTGRES")
        self._mongo = _server("HEXAD_TEST_MONGO")
        self._amqp = urlsplit(_server("HEXAD_TEST_AMQP"))
        self._api = _server("HEXAD_TEST_RABBITMQ_API").rstrip("/")
        self._s3 = urlsplit(_server("HEXAD_TEST_S3"))
        with psycopg.connect(self._postgres, autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{self.name}"')
        self.api("PUT", f"/vhosts/{self.name}")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.api("PUT", f"/permissions/{self.name}/{self._amqp.username}", everything)

    def remove(self):
        """Removes what it made, but for the bucket: that takes signed requests, and its name comes never again."""
        with psycopg.connect(self._postgres, autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            for role in self.roles:
                server.execute(f'DROP ROLE IF EXISTS "{role}"')
        self.api("DELETE", f"/vhosts/{self.name}")
        self.mongo().client.drop_database(self.name)

    def role(self, name):
        """The name of a role of PostgreSQL, which all its databases share, that is this place's own."""
        self.roles.append(f"{name}_of_{self.name}")
        return self.roles[-1]

    def settings(self, postgres=None, mongo=None, rabbitmq=None, s3=None):
        """The settings of the originals, by their names; a part may be reached by another port (a forwarder's)."""
        database = urlsplit(self._postgres)
        return {
            "POSTGRESQL_HOST": "127.0.0.1",
            "POSTGRESQL_PORT": str(postgres or database.port),
            "POSTGRESQL_DATABASE": self.name,
            "POSTGRESQL_USER": database.username,
            "POSTGRESQL_PASSWORD": database.password,
            "MONGO_URI": f"mongodb://127.0.0.1:{mongo}/{self.name}?directConnection=true" if mongo else self.mongo_uri,
            "RABBITMQ_HOST": "127.0.0.1",
            "RABBITMQ_PORT": str(rabbitmq or self._amqp.port),
            "RABBITMQ_USER": self._amqp.username,
            "RABBITMQ_PASSWORD": self._amqp.password,
            "RABBITMQ_VHOST": self.name,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3 or self._s3.port}",
            "AWS_ACCESS_KEY_ID": self._s3.username,
            "AWS_SECRET_ACCESS_KEY": self._s3.password,
            "AWS_BUCKET_NAME": self.bucket,
        }

    @property
    def ports(self):
        return {
            "postgres": urlsplit(self._postgres).port,
            "mongo": urlsplit(self._mongo).port,
            "rabbitmq": self._amqp.port,
            "s3": self._s3.port,
        }

    @property
    def mongo_uri(self):
        return _path(self._mongo, self.name)

    @property
    def bucket_url(self):
        return f"http://127.0.0.1:{self._s3.port}/{self.bucket}"

    def s3(self):
        """The client that the originals used, with the keys of the bucket's owner."""
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self._s3.port}",
            aws_access_key_id=self._s3.username,
            aws_secret_access_key=self._s3.password,
            region_name="us-east-1",
        )

    @property
    def database_url(self):
        return _path(self._postgres, self.name)

    def database(self):
        return psycopg.connect(self.database_url, autocommit=True)

    def mongo(self):
        return pymongo.MongoClient(self.mongo_uri)[self.name]

    def documents(self):
        """The collection of the sessions."""
        return self.mongo()["sessions"]

    def broker(self):
        """A stock consumer's connection."""
        who = pika.PlainCredentials(self._amqp.username, self._amqp.password)
        return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self._amqp.port, self.name, who))

    def api(self, method, path, body=None):
        answer = requests.request(method, f"{self._api}/api{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def queue(self, name):
        return self.api("GET", f"/queues/{self.name}/{quote(name, safe='')}")

    def waiting(self, queue):
        """How many messages nobody has taken yet; None where there is no such queue."""
        with self.broker() as connection:
            try:
                return connection.channel().queue_declare(queue, passive=True).method.message_count
            except pika.exceptions.ChannelClosedByBroker:
                return None
