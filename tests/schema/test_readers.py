from __future__ import annotations

from typing import Any

import pytest

from netd.errors import NetdError
from netd.schema.readers import JSON, KEYVAL, OPTS, Reader
from netd.schema.repeated import Repeated
from tests.support.refused import refusal

METHODS = ("string", "boolean", "integer", "natural", "size", "number", "null", "elements")


@pytest.mark.parametrize("reader", [JSON, OPTS, KEYVAL])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [{"x": "y"}, {}, 1.5, "zz", object()])
def test_what_does_not_fit_is_refused_by_its_full_name(reader: Reader, method: str, value: Any) -> None:
    text = refusal(getattr(reader, method), value, "a.", "b")
    assert text is None or "'a.b" in text


@pytest.mark.parametrize("word", ["on", "yes", "true", "y"])
def test_words_for_yes(word: str) -> None:
    assert OPTS.boolean(word, "", "x") is True
    assert KEYVAL.boolean(Repeated(["off", word]), "", "x") is True


@pytest.mark.parametrize("word", ["off", "no", "false", "n"])
def test_words_for_no(word: str) -> None:
    assert OPTS.boolean(word, "", "x") is False


def test_an_object_with_one_member_may_be_written_as_that_member() -> None:
    assert OPTS.mapping("x", "str", "", "y") == {"str": "x"}
    with pytest.raises(NetdError, match="Invalid parameter type for 'y', expected: object"):
        OPTS.mapping("x", None, "", "y")
    with pytest.raises(NetdError, match="Invalid parameter type for 'y', expected: object"):
        JSON.mapping("x", "str", "", "y")


@pytest.mark.parametrize(
    ("value", "kinds", "kind"),
    [
        ("x", (str, list), str),
        ("x", (list, bool), bool),
        (Repeated(["x", "y"]), (str, list), list),
        (Repeated(["x", "y"]), (dict, str), str),
        ({"a": "b"}, (dict, str), dict),
        ("x", (dict, type(None)), type(None)),
    ],
)
def test_what_an_alternate_takes_a_text_for(value: Any, kinds: tuple[type, ...], kind: type) -> None:
    assert OPTS.kind(value, kinds) is kind
