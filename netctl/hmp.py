"""Monitor commands: words to a line, and whether the text that comes back is a refusal.

A monitor command answers with text, done or not. What QEMU's human monitor says when it
refuses is recognised here, so that scripts can trust the exit code.
"""

from __future__ import annotations

from collections.abc import Sequence

SILENT = frozenset(
    {
        "announce_self",
        "chardev-add",
        "chardev-remove",
        "closefd",
        "device_add",
        "device_del",
        "getfd",
        "hostfwd_add",
        "netdev_add",
        "netdev_del",
        "object_add",
        "object_del",
        "quit",
        "set_link",
    }
)
"""The commands that print nothing when they are done: whatever they print is the reason."""

_HELP = {"help", "?"}


def line(words: Sequence[str]) -> str:
    """The words as one monitor line, quoted where the monitor would part or lose them."""
    return " ".join(map(_quoted, words))


def plain(text: str) -> str:
    """A monitor command's text with the line ends of this side of the wire."""
    return text.replace("\r\n", "\n")


def is_unknown(text: str) -> bool:
    """Whether the monitor has no such command."""
    return text.startswith("unknown command: ")


def is_refusal(command: str, text: str) -> bool:
    """Whether ``text``, the answer to the line ``command``, says that it was not done."""
    words = command.split() or [""]
    if is_unknown(text) or text.startswith("Error: "):
        return True
    if any(part.startswith('Try "help ') for part in text.splitlines()):
        return True
    if words[0] == "hostfwd_remove":
        return not text.rstrip().endswith(" removed")
    return words[0] in SILENT and bool(text) and not _asks_for_help(words[1:])


def _asks_for_help(words: list[str]) -> bool:
    return any(_HELP & set(word.split(",")) for word in words)


def _quoted(word: str) -> str:
    """QEMU's ``get_str()``: a quote only matters as a word's first character."""
    if word and not word.startswith('"') and not any(map(str.isspace, word)):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
