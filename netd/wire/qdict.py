"""The order in which QEMU walks the members of an object.

QEMU keeps a JSON object in a hash table of 512 places (``qobject/qdict.c``, the hash is tdb's) and
walks it place by place. Where it reports the first fault only, that order decides which: of a
request's members and of a device's properties. Of two members in one place the later one given
comes first.
"""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1024)
def bucket(name: str) -> int:
    """A member's place, 0 to 511."""
    octets = name.encode(errors="surrogatepass").replace(b"\0", b"\xc0\x80")  # as QEMU keeps U+0000
    value = 0x238F13AF * len(octets)
    for place, octet in enumerate(octets):
        value += octet << (place * 5 % 24)
    return (1103515243 * value + 12345) % 2**32 % 512
