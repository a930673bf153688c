"""One-time codes as an authenticator makes them (RFC 6238: SHA-1, 30 seconds, 6 digits)."""

import base64
import hmac
import struct


def at(secret, seconds):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(seconds) // 30), "sha1")
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset:offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1000000:06}"
