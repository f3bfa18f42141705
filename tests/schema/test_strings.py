from netd.schema.repeated import Repeated
from netd.schema.strings import String, texts
from netd.schema.validate import from_keyval, validate

Strings = tuple[String, ...]


def test_objects_with_one_text_each():
    assert validate(Strings, [{"str": "a"}, {"str": "b"}]) == (String(str="a"), String(str="b"))


def test_a_key_given_once_or_more():
    assert from_keyval(Strings, Repeated(["a", "b"]), dotted=False) == (String(str="a"), String(str="b"))


def test_the_texts_alone():
    assert texts([String(str="a"), String(str="b")]) == ("a", "b")
    assert texts(()) == ()
