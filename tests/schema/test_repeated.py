from __future__ import annotations

import json

from netd.schema.repeated import Repeated


def test_it_is_a_list_to_everybody_else() -> None:
    assert Repeated(["a", "b"]) == ["a", "b"]
    assert json.dumps({"x": Repeated(["a", "b"])}) == '{"x": ["a", "b"]}'
