"""What the services that Hexad replaces leave behind and do, as far as a neighbour of theirs can see it."""

import hashlib
import json
from datetime import datetime, timezone

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


def publish(channel, queue, event, data):
    """Their publisher: the default exchange, no message id."""
    body = {"event": event, "data": data, "timestamp": datetime.now(timezone.utc).isoformat()}
    channel.basic_publish(exchange="", routing_key=queue, body=json.dumps(body))
