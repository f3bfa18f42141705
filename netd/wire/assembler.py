"""Tokens to messages: QEMU's grammar and limits (``qobject/json-streamer.c``, ``json-parser.c``).

Theory of operation
-------------------
QEMU queues the tokens of a message until its brackets balance, and parses them then. Here the
value is made while they come, which is the same to the peer because of three rules:

* the first complaint about the grammar stands. It is reported only when the brackets balance;
  until then the tokens are counted, against the limits too, and nothing else (what was made is
  dropped at once);
* brackets balance when neither kind is open, or when more of a kind are closed than were opened.
  As long as nothing is wrong they are nested, so this is when the outermost one closes;
* a lexical error or a limit drops everything before, the complaint as well.

Values and complaints go to :attr:`Assembler.outcomes`, what has to be freed to
:attr:`Assembler.trash`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from netd.wire import literals
from netd.wire.big import LONG_OBJECT, LongObject, LongString
from netd.wire.literals import PREFIX, BadLiteral
from netd.wire.steps import Message, Outcome, ParseError

# What may come next. All up to _ITEM take a value.
_MESSAGE: Final = 0
_FIRST_KEY: Final = 1  # or the end of the object
_KEY: Final = 2
_MEMBER: Final = 3  # the value of one
_FIRST_ITEM: Final = 4  # or the end of the list
_ITEM: Final = 5
_COLON: Final = 6
_AFTER_MEMBER: Final = 7
_AFTER_ITEM: Final = 8
_NOTHING: Final = 9  # there was a complaint

_VALUE_EXPECTED = f"{PREFIX}expecting value"
_COMPLAINTS: Final = (
    *(_VALUE_EXPECTED,) * _COLON,
    f"{PREFIX}missing : in object pair",
    f"{PREFIX}expected separator in dict",
    f"{PREFIX}expected separator in list",
)

_TOKEN_MEMORY: Final = 48
"""Bytes of memory for each token beside its text. Measured: nested lists take 44, others less."""

_Container: TypeAlias = dict[str | LongString, Any] | LongObject | list[Any] | None


class Assembler:
    """Makes messages of tokens; has a method for each kind of token, given its text."""

    __slots__ = (
        "_braces",
        "_brackets",
        "_complaint",
        "_container",
        "_key",
        "_max_depth",
        "_max_text",
        "_max_tokens",
        "_stack",
        "_surplus",
        "_text",
        "_tokens",
        "_want",
        "outcomes",
        "trash",
    )

    def __init__(self, *, max_text: int, max_tokens: int, max_depth: int) -> None:
        self._max_text = max_text
        self._max_tokens = max_tokens
        self._max_depth = max_depth
        self.outcomes: list[Outcome] = []
        self.trash: list[Any] = []
        self._stack: list[tuple[_Container, str | LongString, int]] = []
        self._begin()

    def _begin(self) -> None:
        """Expect a new message."""
        self._tokens = 0
        self._text = 0  # bytes
        self._surplus = 0  # bytes that strings take in memory beyond their text
        self._braces = 0
        self._brackets = 0
        self._complaint: str | LongString | None = None
        self._container: Any = None
        self._key: str | LongString = ""
        self._want = _MESSAGE

    @property
    def held(self) -> int:
        """About how many bytes of memory the unfinished message takes."""
        complaint = self._complaint
        if complaint is not None:
            return complaint.size if isinstance(complaint, LongString) else complaint.__sizeof__()
        return self._tokens * _TOKEN_MEMORY + self._text + self._surplus

    # -- limits and lexical errors ---------------------------------------------------------------

    def has_room(self, tokens: int, text: int) -> bool:
        """Whether the message may have so many more tokens, with so many bytes of text in all."""
        return self._text + text < self._max_text and self._tokens + tokens <= self._max_tokens

    def admit(self, text: int) -> bool:
        """Whether the message may have one more token of so many bytes; if not, drop it."""
        if self._text + text >= self._max_text:
            self.drop("JSON token size limit exceeded")
        elif self._tokens >= self._max_tokens:
            self.drop("JSON token count limit exceeded")
        else:
            return True
        return False

    def drop(self, complaint: str | LongString) -> None:
        """Give up the message."""
        self.abandon()
        self.outcomes.append(ParseError(complaint))

    def abandon(self) -> None:
        """Forget the message."""
        self._discard()
        self._begin()

    # -- tokens ----------------------------------------------------------------------------------

    def plain(self, text: bytes) -> None:
        """A string of ASCII without escapes, given without its quotes."""
        self._tokens += 1
        self._text += len(text) + 2
        want = self._want
        if want in (_FIRST_KEY, _KEY):
            self._key = text.decode()
            self._want = _COLON
        elif want <= _ITEM:
            self._put(text.decode())
        else:
            self._misplaced()

    def string(self, text: bytes) -> None:
        """A string with its quotes."""
        if not self.expects_value(len(text)):
            return
        try:
            value = literals.string(text)
        except BadLiteral as bad:
            self.refuse(bad.desc)
        else:
            self.literal(value)

    def small_integer(self, text: bytes) -> None:
        """An integer of less than 64 bits."""
        self._tokens += 1
        self._text += len(text)
        if self._want <= _ITEM:
            self._put(int(text))
        else:
            self._misplaced()

    def number(self, text: bytes) -> None:
        """Any number."""
        if self.expects_value(len(text)):
            self._put(literals.number(text))

    def keyword(self, text: bytes) -> None:
        """Some lower-case letters."""
        if not self.expects_value(len(text)):
            return
        try:
            value = literals.keyword(text)
        except BadLiteral as bad:
            self.refuse(bad.desc)
        else:
            self._put(value)

    def expects_value(self, text: int) -> bool:
        """Count a literal of so many bytes, and say whether it is worth reading."""
        self._tokens += 1
        self._text += text
        if self._want <= _ITEM:
            return True
        self._misplaced()
        return False

    def literal(self, value: str | LongString | float | bool | None) -> None:
        """The value of a literal that was expected."""
        if isinstance(value, str) and not value.isascii():
            self._surplus += value.__sizeof__()
        self._put(value)

    def refuse(self, complaint: str | LongString) -> None:
        """A literal that was expected means nothing."""
        self._fail(complaint)
        self._settle()

    def colon(self, _: bytes) -> None:
        """``:``."""
        self._tokens += 1
        self._text += 1
        if self._want == _COLON:
            self._want = _MEMBER
        else:
            self._misplaced()

    def comma(self, _: bytes) -> None:
        """``,``."""
        self._tokens += 1
        self._text += 1
        if self._want == _AFTER_MEMBER:
            self._want = _KEY
        elif self._want == _AFTER_ITEM:
            self._want = _ITEM
        else:
            self._misplaced()

    def open_object(self, _: bytes) -> None:
        """``{``."""
        self._braces += 1
        self._open({}, _FIRST_KEY)

    def open_list(self, _: bytes) -> None:
        """``[``."""
        self._brackets += 1
        self._open([], _FIRST_ITEM)

    def close_object(self, _: bytes) -> None:
        """``}``."""
        self._braces -= 1
        self._close(_FIRST_KEY, _AFTER_MEMBER)

    def close_list(self, _: bytes) -> None:
        """``]``."""
        self._brackets -= 1
        self._close(_FIRST_ITEM, _AFTER_ITEM)

    # -- grammar ---------------------------------------------------------------------------------

    def _open(self, container: _Container, want: int) -> None:
        self._tokens += 1
        self._text += 1
        if self._braces + self._brackets > self._max_depth:
            self.drop("JSON nesting depth limit exceeded")
        elif self._want <= _ITEM:
            self._stack.append((self._container, self._key, self._want))
            self._container = container
            self._want = want
        else:
            self._misplaced()

    def _close(self, empty: int, filled: int) -> None:
        self._tokens += 1
        self._text += 1
        if self._want in (filled, empty):
            value = self._container
            self._container, self._key, self._want = self._stack.pop()
            self._put(value)
        else:
            self._misplaced()

    def _put(self, value: Any) -> None:
        """A value is complete, where one may be."""
        want = self._want
        if want == _MEMBER:
            self._put_member(value)
        elif want >= _FIRST_ITEM:
            self._container.append(value)
            self._want = _AFTER_ITEM
        elif want == _MESSAGE:
            self.outcomes.append(Message(value, self.held))
            self._begin()
        elif isinstance(value, str | LongString):
            self._key = value
            self._want = _COLON
        else:
            self._fail(f"{PREFIX}key is not a string in object", value)

    def _put_member(self, value: Any) -> None:
        container = self._container
        if self._key in container:
            self._fail(f"{PREFIX}duplicate key", value)
            return
        container[self._key] = value
        self._want = _AFTER_MEMBER
        if len(container) == LONG_OBJECT:
            self._container = LongObject(container)

    def _misplaced(self) -> None:
        """A token that may not stand here."""
        if self._complaint is None:
            self._fail(_COMPLAINTS[self._want])
        self._settle()

    def _fail(self, complaint: str | LongString, *values: Any) -> None:
        self._discard(*values)
        self._complaint = complaint
        self._want = _NOTHING

    def _settle(self) -> None:
        """After a complaint: report it if the brackets balance."""
        braces, brackets = self._braces, self._brackets
        if (braces <= 0 and brackets <= 0) or braces < 0 or brackets < 0:
            assert self._complaint is not None
            self.drop(self._complaint)

    def _discard(self, *values: Any) -> None:
        """Let what was made be freed."""
        if self._stack or values:
            self.trash.append((*values, *self._stack, self._container, self._key))
            self._stack.clear()
            self._container = None


TOKEN_METHODS: Final[tuple[Callable[[Assembler, bytes], None], ...]] = (
    lambda _assembler, _text: None,
    Assembler.plain,
    Assembler.colon,
    Assembler.comma,
    Assembler.open_object,
    Assembler.close_object,
    Assembler.open_list,
    Assembler.close_list,
    Assembler.string,
    Assembler.small_integer,
    Assembler.number,
    Assembler.keyword,
)
"""What takes each kind of token of :mod:`netd.wire.lexer`."""
