"""What is said about a value that will not do, in QEMU's words (``qapi/qmperr.h``).

Names are full ones (``addr.port``, ``hostfwd[0].str``) except where QEMU has only the
innermost at hand: the range of an integer and the values of an enum. There an element of a
list, which has no name, is called ``null``.
"""

from __future__ import annotations

from netd.errors import NetdError


def missing(name: str) -> NetdError:
    """A required member is not there."""
    return NetdError(f"Parameter '{name}' is missing")


def unexpected(name: str) -> NetdError:
    """A member nobody knows, in JSON and in dotted option text."""
    return NetdError(f"Parameter '{name}' is unexpected")


def invalid(name: str) -> NetdError:
    """A member nobody knows, in the older option text; a malformed key in either."""
    return NetdError(f"Invalid parameter '{name}'")


def expects(name: str, what: str) -> NetdError:
    """A value of the right JSON type that is not among those wanted."""
    return NetdError(f"Parameter '{name}' expects {what}")


def not_among(name: str, value: str) -> NetdError:
    """A string that is none of an enum's."""
    return NetdError(f"Parameter '{innermost(name)}' does not accept value '{value}'")


def wrong_type(name: str, expected: str, value: object = None) -> NetdError:
    """A value of another JSON type; or, where a string would do, one too long to be held in one piece.

    The QMP parser hands such a string on as an object that says ``is_long_string``; it is of
    use to no command. ``value`` is only needed where a string would do.
    """
    if getattr(value, "is_long_string", False) is True:
        return NetdError(f"Parameter '{name}' is too long")
    return NetdError(f"Invalid parameter type for '{name}', expected: {expected}")


def innermost(name: str) -> str:
    """The last part of a member's name as QEMU prints it."""
    return "null" if name.startswith(("[", ".")) else name
