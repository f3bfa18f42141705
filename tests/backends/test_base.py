import pytest

from netd.backends import BACKENDS
from netd.backends.base import Backend


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_type_is_a_backend_with_options_a_tag_and_words_about_itself(backend):
    assert issubclass(backend, Backend)
    assert isinstance(backend.Options.__struct_config__.tag, str)
    assert backend.Options.__struct_config__.tag_field == "type"
    assert backend.Options.__doc__


def test_a_type_that_says_nothing_gets_what_is_right_for_most():
    class Plain(Backend):
        pass

    plain = Plain(None)
    assert (plain.host_side, plain.hubid, plain.peer, plain.info) == (True, None, None, "")
    with pytest.raises(NotImplementedError):
        plain.plan(None)
