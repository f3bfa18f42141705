from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import fields

from netd.backends.hubport import HubportOptions
from netd.backends.user_options import UserOptions
from netd.plan.usernet import Wanted
from netd.schema.introspect import describe
from netd.schema.listing import members
from netd.schema.validate import from_keyval, validate
from netd.wire import keyval
from tests.support.netdev_add import REFUSED
from tests.support.qmp_schema import by_name, compatible
from tests.support.refused import refusal

NETDEVS = (UserOptions, HubportOptions)
OWN = ("mtu", "dhcpend", "file-user", "allow", "deny")
RECORDED = Path(__file__).parents[1] / "schema" / "qemu-7.2-schema.json"


@dataclass(frozen=True)
class NetdevAdd:
    """The command, with what these tests have of it."""

    name: str = "netdev_add"
    arguments: object = NETDEVS
    returns: None = None
    allow_oob: bool = False
    features: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def qemus():
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def members_of_user(entries):
    known = by_name(entries)
    netdev = known[known["netdev_add"]["arg-type"]]
    (name,) = (branch["type"] for branch in netdev["variants"] if branch["case"] == "user")
    return [member["name"] for member in known[name]["members"]]


def test_a_client_of_qemus_gets_on_with_it(qemus):
    problems = compatible(describe([NetdevAdd()], []), qemus, ["netdev_add"])
    assert [problem for problem in problems if "netdev_add:user" in problem] == []


def test_members_are_qemus_in_its_order_and_then_ours(qemus):
    ours = members_of_user(describe([NetdevAdd()], []))
    assert ours == [*members_of_user(qemus), *OWN]


def test_every_member_is_explained():
    assert [member.name for member in members(NETDEVS, "user") if not member.description] == ["type"]


def test_it_wants_what_it_says():
    names = [field.name for field in fields(UserOptions) if field.name != "id"]
    assert names == [field.name for field in dataclasses.fields(Wanted)]
    assert UserOptions(id="u").wanted == Wanted()


def test_from_json_to_what_is_wanted():
    given = {
        "type": "user",
        "id": "u",
        "restrict": True,
        "ipv6-prefixlen": 48,
        "dnssearch": [{"str": "a"}, {"str": "b"}],
        "hostfwd": [{"str": "tcp::1-:1"}],
        "tftp-server-name": "t",
        "file-user": "alice",
        "allow": [{"str": "::/0"}],
    }
    assert validate(NETDEVS, given).wanted == Wanted(
        restrict=True,
        ipv6_prefixlen=48,
        dnssearch=("a", "b"),
        hostfwd=("tcp::1-:1",),
        tftp_server_name="t",
        file_user="alice",
        allow=("::/0",),
    )


def test_from_option_text_to_what_is_wanted():
    text = "user,id=u,ipv6=off,mtu=9000,hostfwd=a,hostfwd=b,deny=c,file-user=x,guestfwd=::1-cmd:a,,b"
    options = from_keyval(NETDEVS, keyval.parse(text, implied="type"))
    assert options.wanted == Wanted(
        ipv6=False, mtu=9000, hostfwd=("a", "b"), deny=("c",), file_user="x", guestfwd=("::1-cmd:a,b",)
    )


@pytest.mark.parametrize(("given", "text"), [pair for pair in REFUSED if pair[0].get("type") == "user"])
def test_what_is_refused_is_refused_in_qemus_words(given, text):
    assert refusal(validate, NETDEVS, given) == text
