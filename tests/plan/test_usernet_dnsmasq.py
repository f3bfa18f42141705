from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.plan.usernet import Wanted, user_network
from netd.plan.usernet_dnsmasq import Reservation, Surroundings, configuration, quoted, reservations, searched
from tests.support.refused import refusal
from tests.support.usernets import GOLDEN, SURROUNDINGS, WANTED, texts

V4 = IPv4Address
MAC = "52:54:00:12:34:56"
TEXTS = st.text(st.characters(blacklist_categories=("Cc", "Cs")), max_size=255)


def lines(**options):
    """The configuration's lines for a network of these options."""
    return configuration(user_network(Wanted(**options)), SURROUNDINGS).split("\n")


def as_read(line):
    """A line as dnsmasq reads it: outside quotes cut at commas, and ended by a blank and ``#``."""
    fields, text, inside, rest = [], "", False, iter(line)
    for char in rest:
        if inside and char == "\\":
            text += next(rest)
        elif char == '"':
            inside = not inside
        elif inside or char not in ",#":
            text += char
        elif char == ",":
            fields.append(text)
            text = ""
        else:
            break
    assert not inside
    return [*fields, text]


@pytest.mark.parametrize("name", WANTED)
def test_golden_texts(name):
    file = f"{name}.dnsmasq"
    assert texts(name)[file] == (GOLDEN / file).read_text(encoding="utf-8")


@given(TEXTS)
def test_a_quoted_text_is_one_word(text):
    assert as_read(f"dhcp-option=12,{quoted(text)} # more, and more") == ["dhcp-option=12", f"{text} "]


def test_what_no_file_can_hold_is_replaced():
    assert quoted("a\ud800b") == '"a?b"'


@pytest.mark.parametrize("name", ["hostname", "domainname", "tftp_server_name"])
@given(text=TEXTS.filter(lambda text: 0 < len(text.encode()) <= 255))
def test_a_text_of_the_users_never_makes_a_line(name, text):
    usual, found = lines(**{name: "x y"}), lines(**{name: text})
    assert len(found) - len(usual) == any(line.startswith("domain=") for line in found)
    assert max(len(line.encode()) for line in found) < 1024


def test_a_path_that_dnsmasq_would_cut():
    assert any(line.startswith("tftp-root=") for line in lines(tftp="/" + "x" * 1010))
    assert refusal(lines, tftp="/" + "x" * 1011) == "tftp-root: the path is too long for dnsmasq"


def test_a_domain_that_is_one_is_below_which_guests_are():
    assert "domain=lab.example" in lines(domainname="lab.example")
    for text in ("a b", "a,b", "#", "a..b", "x" * 64, "10.0.2.0/24"):
        found = lines(domainname=text)
        assert not any(line.startswith("domain=") for line in found)
        assert f"dhcp-option-force=option:domain-name,{quoted(text)}" in found


def test_as_many_search_domains_as_one_option_holds():
    domains = [f"domain{number}.example." for number in range(10, 40)]
    found = searched(domains)
    assert found == tuple(domain[:-1] for domain in domains[: len(found)])
    assert (
        sum(len(domain) + 2 for domain in found) <= 255 < sum(len(d) + 1 for d in domains[: len(found) + 1])
    )


def test_leases_go_around_the_networks_own_addresses_and_start_with_the_first():
    found = lines(guestfwd=("tcp:10.0.2.18:7-cmd:cat",), dhcpend="10.0.2.200")
    assert [line for line in found if line.startswith("dhcp-range=10")] == [
        "dhcp-range=10.0.2.15,10.0.2.17,255.255.255.0,86400",
        "dhcp-range=10.0.2.19,10.0.2.200,255.255.255.0,86400",
    ]


def test_a_directory_that_is_found_elsewhere():
    where = Surroundings(
        interface="gw", upstream=(V4("127.0.0.1"), 53), lease_file="/l", reservations_file="/r", tftp="/tftp"
    )
    network = user_network(Wanted(tftp="/srv/real"))
    assert configuration(network, where).endswith('tftp-root="/tftp"\n')


def test_reservations():
    network = user_network(Wanted())
    wanted = [
        Reservation(MAC, V4("10.0.2.40"), "web"),
        Reservation("52:54:00:12:34:57", name="db"),
        Reservation("52:54:00:12:34:58", V4("10.0.2.20")),
    ]
    assert reservations(network, wanted) == (
        "52:54:00:12:34:56,10.0.2.40,web\n52:54:00:12:34:57,db\n52:54:00:12:34:58,10.0.2.20\n"
    )
    assert reservations(network, []) == ""


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ([Reservation("52:54:00:12:34", name="a")], "the MAC address is none"),
        ([Reservation("52:54:00:12:34:5A", name="a")], "the MAC address is none"),
        ([Reservation(MAC)], "it needs an address or a name"),
        ([Reservation(MAC, name="a,b")], "'a,b' is no host name"),
        ([Reservation(MAC, name="a.b")], "'a.b' is no host name"),
        ([Reservation(MAC, name="")], "'' is no host name"),
        ([Reservation(MAC, V4("10.0.3.1"))], "10.0.3.1 is not in the network"),
        ([Reservation(MAC, V4("10.0.2.3"))], "10.0.2.3 is the network's own"),
        ([Reservation(MAC, V4("10.0.2.255"))], "10.0.2.255 is the network's own"),
        ([Reservation(MAC, name="a"), Reservation(MAC, V4("10.0.2.40"))], f"{MAC} is reserved already"),
        (
            [Reservation("52:54:00:00:00:01", name="web"), Reservation(MAC, name="WEB")],
            "web is reserved already",
        ),
    ],
)
def test_what_cannot_be_reserved(wanted, reason):
    mac = wanted[-1].mac
    assert refusal(reservations, user_network(Wanted()), wanted) == (
        f"Invalid reservation for '{mac}' ({reason})"
    )


def test_no_address_is_reserved_without_ipv4():
    network = user_network(Wanted(ipv6=True))
    assert "is not in the network" in refusal(reservations, network, [Reservation(MAC, V4("10.0.2.40"))])
