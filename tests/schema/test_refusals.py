from __future__ import annotations

from netd.schema import refusals


def test_texts_are_qemus() -> None:
    assert refusals.missing("a").desc == "Parameter 'a' is missing"
    assert refusals.unexpected("a.b").desc == "Parameter 'a.b' is unexpected"
    assert refusals.invalid("a").desc == "Invalid parameter 'a'"
    assert refusals.expects("a", "a value").desc == "Parameter 'a' expects a value"
    assert refusals.not_among("[0]", "zz").desc == "Parameter 'null' does not accept value 'zz'"
    assert refusals.wrong_type("a", "boolean").desc == "Invalid parameter type for 'a', expected: boolean"


def test_elements_of_lists_have_no_name() -> None:
    assert [refusals.innermost(name) for name in ("a", "[3]", ".3")] == ["a", "null", "null"]
