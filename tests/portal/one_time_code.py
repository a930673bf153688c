"""One-time codes as an authenticator makes them (RFC 6238: SHA-1, 30 seconds, 6 digits)."""

import base64
import hmac
import struct


STEP_S = 30


def wrong(secret, seconds):
    """A code that is good neither then nor in a minute before or after."""
    good = {at(secret, seconds + steps * STEP_S) for steps in range(-2, 3)}
    return next(code for code in (f"{number:06}" for number in range(10)) if code not in good)


def at(secret, seconds):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(seconds) // STEP_S), "sha1")
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset:offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1000000:06}"
