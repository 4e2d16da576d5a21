"""Who owns what: a secret in the browser's storage, of which only a hash is kept."""

import hashlib
import hmac
import secrets

from livebrush.realtime.studio.work.refused import Refused

HEADER = "X-Livebrush-Owner"
SHORTEST, LONGEST = 20, 200  # characters: a browser makes 32 or more random ones


def owner_of(secret: str | None) -> str:
    """The name under which an owner's things are kept.

    raises: Refused for none, or one that could be guessed
    """
    if secret is None:
        raise Refused(401, f"The header {HEADER} is missing: it says whose files and jobs these are.")
    if not SHORTEST <= len(secret) <= LONGEST:
        raise Refused(401, f"{HEADER} has {len(secret)} characters, expected {SHORTEST} to {LONGEST}.")
    return hashlib.sha256(secret.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """In a time that does not tell how much of them is alike."""
    return hmac.compare_digest(one.encode(), other.encode())


def new_id() -> str:
    """128 random bits, as text for addresses."""
    return secrets.token_urlsafe(16)
