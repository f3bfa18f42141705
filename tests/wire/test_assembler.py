"""Tokens to messages: the grammar, the first complaint, and when a message is over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.wire import lexer
from netd.wire.assembler import TOKEN_METHODS, Assembler
from netd.wire.literals import PREFIX
from netd.wire.steps import Message, ParseError

TOKENS = {
    "{": (lexer.OPEN_OBJECT, b"{"),
    "}": (lexer.CLOSE_OBJECT, b"}"),
    "[": (lexer.OPEN_LIST, b"["),
    "]": (lexer.CLOSE_LIST, b"]"),
    ":": (lexer.COLON, b":"),
    ",": (lexer.COMMA, b","),
    "a": (lexer.PLAIN, b"a"),
    "b": (lexer.STRING, b"'b'"),
    "q": (lexer.STRING, b"'\\q'"),
    "1": (lexer.SMALL_INTEGER, b"1"),
    "2": (lexer.NUMBER, b"2.5"),
    "t": (lexer.KEYWORD, b"true"),
    "n": (lexer.KEYWORD, b"nil"),
}


def assembler(**limits: int) -> Assembler:
    return Assembler(**{"max_text": 1000, "max_tokens": 100, "max_depth": 10, **limits})


def assemble(text: str, made: Assembler | None = None) -> list[Any]:
    """Values, and complaints without what they begin with, of tokens of one character each."""
    made = made or assembler()
    for character in text:
        kind, token = TOKENS[character]
        TOKEN_METHODS[kind](made, token)
    return [
        outcome.value if isinstance(outcome, Message) else str(outcome.desc).removeprefix(PREFIX)
        for outcome in made.outcomes
    ]


class Reference:
    """QEMU's way in plain recursion: queue the tokens until the brackets balance, then parse them."""

    def __init__(self, text: str) -> None:
        self.said: list[Any] = []
        self.queue: list[str] = []
        for character in text:
            self.queue.append(character)
            braces = self.queue.count("{") - self.queue.count("}")
            brackets = self.queue.count("[") - self.queue.count("]")
            if braces < 0 or brackets < 0 or braces == brackets == 0:
                try:
                    self.said.append(self.value())
                except SyntaxError as error:
                    self.said.append(error.msg)
                self.queue = []

    def value(self) -> Any:
        match self.queue.pop(0):
            case "{":
                return self.members()
            case "[":
                return self.items()
            case "q":
                raise SyntaxError("invalid escape sequence in string")
            case "n":
                raise SyntaxError("invalid keyword 'nil'")
            case scalar if scalar in "ab12t":
                return {"1": 1, "2": 2.5, "t": True}.get(scalar, scalar)
        raise SyntaxError("expecting value")

    def items(self) -> list[Any]:
        if self.queue[0] == "]":
            self.queue.pop(0)
            return []
        found = [self.value()]
        while (separator := self.queue.pop(0)) != "]":
            if separator != ",":
                raise SyntaxError("expected separator in list")
            found.append(self.value())
        return found

    def members(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.queue[0] == "}":
            self.queue.pop(0)
            return found
        self.member(found)
        while (separator := self.queue.pop(0)) != "}":
            if separator != ",":
                raise SyntaxError("expected separator in dict")
            self.member(found)
        return found

    def member(self, found: dict[str, Any]) -> None:
        key = self.value()
        if not isinstance(key, str):
            raise SyntaxError("key is not a string in object")  # noqa: TRY004 - of the text, not of ours
        if self.queue.pop(0) != ":":
            raise SyntaxError("missing : in object pair")
        value = self.value()
        if key in found:
            raise SyntaxError("duplicate key")
        found[key] = value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{a:1,b:[2,t,{}]}", [{"a": 1, "b": [2.5, True, {}]}]),
        ("[[],[]]", [[[], []]]),
        ("1a", [1, "a"]),
        ("[1a]", ["expected separator in list"]),
        ("{a:1,a:1}", ["duplicate key"]),
        ("{{a:1}:1}", ["key is not a string in object"]),
        ("[q}]", ["invalid escape sequence in string", "expecting value"]),
        ("{a:n]}", ["invalid keyword 'nil'", "expecting value"]),
        ("{[}]", ["expecting value"]),
        ("[1a{{{}}}]", ["expected separator in list"]),
    ],
)
def test_messages_and_complaints(text: str, said: list[Any]) -> None:
    assert assemble(text) == said
    assert Reference(text).said == said


@given(st.text("{}[]:,ab12tqn", max_size=25) | st.text("{}[],a:", max_size=25))
def test_the_same_is_said_as_by_qemus_way(text: str) -> None:
    assert assemble(text, assembler(max_depth=1000)) == Reference(text).said


def test_what_was_made_is_dropped_at_the_first_complaint() -> None:
    made = assembler()
    assemble("[[1],{a:{}}", made)
    assert made.held > 200
    assert made.trash == []
    assemble("1", made)
    assert made.held < 200  # the complaint
    assert made.trash == [((None, "", 0), [[1], {"a": {}}], "")]
    assert made.outcomes == []


def test_a_value_that_may_not_be_is_dropped_too() -> None:
    made = assembler()
    assemble("{a:1,a:[1]", made)
    assert made.trash[0][0] == [1]


def test_abandoning_says_nothing() -> None:
    made = assembler()
    assemble("[[", made)
    made.abandon()
    assert made.outcomes == []
    assert len(made.trash) == 1
    assert assemble("[]", made) == [[]]


def test_dropping_says_why_and_starts_anew() -> None:
    made = assembler()
    assert assemble("[[1a", made) == []
    made.drop("why")
    assert made.outcomes == [ParseError("why")]
    assert assemble("1", made) == ["why", 1]


def test_depth_is_limited() -> None:
    made = assembler(max_depth=3)
    assert assemble("[{a:[]}]", made) == [[{"a": []}]]
    assert assemble("[[[[", made)[1:] == ["JSON nesting depth limit exceeded"]
    assert assemble("]", made)[2:] == ["expecting value"]


def test_tokens_and_text_are_limited() -> None:
    made = assembler(max_tokens=3, max_text=10)
    assert made.has_room(3, 9)
    assert not made.has_room(4, 1)
    assert not made.has_room(1, 10)
    assemble("[1", made)
    assert made.admit(7)
    assert not made.admit(8)
    assert made.outcomes == [ParseError("JSON token size limit exceeded")]
    assemble("[1,", made)
    assert not made.admit(1)
    assert made.outcomes[1:] == [ParseError("JSON token count limit exceeded")]


def test_the_size_of_a_message_is_what_was_held() -> None:
    made = assembler()
    assemble("[a,b", made)
    held = made.held
    assemble("]", made)
    (message,) = made.outcomes
    assert isinstance(message, Message)
    assert message.size > held
    assert made.held == 0


def test_wide_characters_take_more_memory() -> None:
    plain, wide = assembler(), assembler()
    plain.open_list(b"[")
    wide.open_list(b"[")
    plain.string(b"'" + b"a" * 16 + b"'")
    wide.string(b"'" + b"a" * 12 + "\U0001f600".encode() + b"'")
    assert wide.held > plain.held + 4 * 13
