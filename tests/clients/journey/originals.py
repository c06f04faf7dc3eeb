"""What the services that Hexad replaces leave behind and do, as far as a neighbour of theirs can see it."""

import hashlib
import json
from datetime import datetime, timezone

import jwt

TABLE = """CREATE TABLE "user" (
    id UUID NOT NULL, username VARCHAR(80) NOT NULL, password VARCHAR(200) NOT NULL,
    first_name VARCHAR(100) NOT NULL, last_name VARCHAR(100) NOT NULL, dni VARCHAR(20) NOT NULL,
    email VARCHAR(120) NOT NULL, city VARCHAR(100) NOT NULL,
    PRIMARY KEY (id), UNIQUE (username), UNIQUE (dni), UNIQUE (email))"""

# The same under other names, its ids as texts.
TABLE_BY_OTHERS = """CREATE TABLE "user" (
    id VARCHAR(36) CONSTRAINT pk_people PRIMARY KEY, username VARCHAR(80) NOT NULL, password VARCHAR(200) NOT NULL,
    first_name VARCHAR(100) NOT NULL, last_name VARCHAR(100) NOT NULL, dni VARCHAR(20) NOT NULL,
    email VARCHAR(120) NOT NULL, city VARCHAR(100) NOT NULL,
    CONSTRAINT one_name UNIQUE (username), CONSTRAINT one_dni UNIQUE (dni), CONSTRAINT one_mail UNIQUE (email))"""


def password_hash(password):
    """Their hash: a fixed salt, a thousand iterations, 64 bytes in hex."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", 1000, 64).hex()


def insert(database, user_id, username, password, **columns):
    """Their registration's INSERT."""
    row = {
        "id": user_id,
        "username": username,
        "password": password_hash(password),
        "first_name": "Ada",
        "last_name": "Lovelace",
        "dni": f"dni of {username}"[:20],
        "email": f"{username}@originals.example",
        "city": "London",
        **columns,
    }
    names = ", ".join(row)
    database.execute(f'INSERT INTO "user" ({names}) VALUES ({", ".join(["%s"] * len(row))})', list(row.values()))


def logs_in(database, username, password):
    """Their login: it knows the one hash that they ever wrote."""
    found = database.execute('SELECT password FROM "user" WHERE username = %s', [username]).fetchone()
    return found is not None and found[0] == password_hash(password)


def reads_token(token, key):
    """Their view of a token, as PyJWT's and jsonwebtoken's plain calls give it; None where it is refused."""
    try:
        claims = jwt.decode(token, key, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return None
    return {name: claims[name] for name in ("user_id", "username", "exp")}


def publish(channel, queue, event, data, at=None):
    """Their publisher: a durable queue, the default exchange, no message id."""
    channel.queue_declare(queue, durable=True)
    body = {"event": event, "data": data, "timestamp": (at or datetime.now(timezone.utc)).isoformat()}
    channel.basic_publish(exchange="", routing_key=queue, body=json.dumps(body))


class Sessions:
    """Their session service, as mongoose has it work: it goes by `userId`, and knows nothing of what else is there."""

    def __init__(self, documents):
        self.documents = documents

    def open(self, user_id, data):
        now = datetime.now(timezone.utc)
        if self.find(user_id):
            self.documents.update_one({"userId": user_id}, {"$set": {"data": data, "updatedAt": now}})
        else:
            self.documents.insert_one(
                {"userId": user_id, "data": data, "createdAt": now, "updatedAt": now, "__v": 0}
            )

    def find(self, user_id):
        return self.documents.find_one({"userId": user_id})

    def set_text(self, user_id, text):
        change = {"$set": {"data.text": text, "updatedAt": datetime.now(timezone.utc)}}
        return self.documents.find_one_and_update({"userId": user_id}, change) is not None

    def delete(self, user_id):
        return self.documents.find_one_and_delete({"userId": user_id}) is not None
