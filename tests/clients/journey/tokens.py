"""Tokens made by another program, with the key that the services were started with."""

import json
import time
import uuid

import jwt

# Long enough for HS512 too, with which a token is signed that must not pass.
KEY = "the key that every service of these tests is given and that is of good length"
PREVIOUS_KEY = "the key that the services had before this one"
OTHER_KEY = "a key that no service has ever heard of"


def claims(**changes):
    """The three claims that the original services wrote, and no other."""
    made = {"user_id": str(uuid.uuid4()), "username": "grace", "exp": int(time.time()) + 3600, **changes}
    return {name: value for name, value in made.items() if value is not None}


def token(key=KEY, algorithm="HS256", **changes):
    return jwt.encode(claims(**changes), key, algorithm=algorithm)


def bad_tokens():
    """Tokens that must not pass, each with the reason that auth gives."""
    expired, invalid = "token_expired", "token_invalid"
    now = int(time.time())
    good = token()
    head, body, signature = good.split(".")
    return {
        "expired an hour ago": (token(exp=now - 3600), expired),
        "expired this second": (token(exp=now), expired),
        "signed with another key": (token(OTHER_KEY), invalid),
        "not signed": (jwt.encode(claims(), None, algorithm="none"), invalid),
        "not signed, the signature kept": (
            jwt.encode(claims(), None, algorithm="none").rstrip(".") + "." + signature,
            invalid,
        ),
        "another algorithm": (token(algorithm="HS512"), invalid),
        "without exp": (token(exp=None), invalid),
        "without user_id": (token(user_id=None), invalid),
        "without username": (token(username=None), invalid),
        "exp is a text": (jwt.api_jws.encode(_json(exp=str(now + 3600)), KEY), invalid),
        "user_id is a number": (token(user_id=7), invalid),
        "cut short": (good[:-10], invalid),
        "another body": (f"{head}.{token(username='root').split('.')[1]}.{signature}", invalid),
        "no token at all": ("x", invalid),
        "dots alone": ("..", invalid),
    }


def _json(**changes):
    """Claims as bytes, as PyJWT itself refuses to write an exp that is no number."""
    return json.dumps(claims(**changes)).encode()
