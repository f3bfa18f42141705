from __future__ import annotations

from ipaddress import ip_address

from netd.monitor.usernet_text import FORWARD, HEADER, Row, Table, usernet_text

GUEST = ip_address("10.0.2.15")
ANY = ip_address("0.0.0.0")
HOST = ip_address("10.0.2.2")
LOOPBACK = ip_address("127.0.0.1")

ROWS = (
    Row("tcp", "SYN_RCVD", -1, GUEST, 6005, ip_address("10.0.2.100"), 1234),
    Row("tcp", "SYN_SENT", 16, LOOPBACK, 5710, GUEST, 22),
    Row("tcp", "ESTABLISHED", 15, GUEST, 6001, HOST, 5701, 0, 5000),
    Row("tcp", FORWARD, 14, LOOPBACK, 5710, GUEST, 22),
    Row("tcp", FORWARD, 12, ANY, 43809, GUEST, 23),
    Row("udp", 239, 18, GUEST, 6101, ip_address("10.0.2.3"), 53),
    Row("udp", FORWARD, 13, ANY, 5714, GUEST, 80),
    Row("icmp", 239, 13, GUEST, None, LOOPBACK, None),
)

QEMUS = """\
Hub 0 (u):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[SYN_RCVD]      -1       10.0.2.15  6005      10.0.2.100  1234     0     0
  TCP[SYN_SENT]      16       127.0.0.1  5710       10.0.2.15    22     0     0
  TCP[ESTABLISHED]   15       10.0.2.15  6001        10.0.2.2  5701     0  5000
  TCP[HOST_FORWARD]  14       127.0.0.1  5710       10.0.2.15    22     0     0
  TCP[HOST_FORWARD]  12               * 43809       10.0.2.15    23     0     0
  UDP[239 sec]       18       10.0.2.15  6101        10.0.2.3    53     0     0
  UDP[HOST_FORWARD]  13               *  5714       10.0.2.15    80     0     0
  ICMP[239 sec]      13       10.0.2.15  -          127.0.0.1  -        0     0
"""
"""What a real QEMU 7.2 printed for such flows."""


def lines(*rows):
    """The rows alone."""
    return usernet_text([Table("u", None, rows)]).split("\r\n")[2:-1]


def test_the_table_is_qemus():
    assert usernet_text([Table("u", 0, ROWS)]) == QEMUS.replace("\n", "\r\n")


def test_protocols_come_in_qemus_order_and_rows_keep_theirs():
    assert lines(*(ROWS[place] for place in (7, 6, 0, 5, 4, 1, 2, 3))) == lines(
        *(ROWS[place] for place in (0, 4, 1, 2, 3, 6, 5, 7))
    )


def test_each_network_has_its_table():
    assert usernet_text([Table("u0", None), Table("u1", -3)]) == (
        f"Hub -1 (u0):\r\n{HEADER}\r\nHub -3 (u1):\r\n{HEADER}\r\n"
    )
    assert usernet_text([]) == ""


def test_a_long_label_is_cut():
    assert lines(Row("tcp", "A" * 40, 1, GUEST, 1, HOST, 2))[0].startswith("  TCP[AAAAAAAAAAAAA   1  ")


def test_ipv6_and_unix_sockets_can_be_read():
    v6 = ip_address("fec0::5054:ff:fe12:3456")
    rows = (
        Row("tcp", "ESTABLISHED", 15, v6, 6001, ip_address("2001:db8::1"), 443),
        Row("tcp", FORWARD, 16, ip_address("::"), 80, v6, 80),
        Row("tcp", FORWARD, 17, "/run/x", None, GUEST, 22),
        Row("icmp", 5, 18, v6, None, ip_address("::1"), None),
    )
    assert lines(*rows) == [
        "  TCP[ESTABLISHED]   15 fec0::5054:ff:fe12:3456  6001     2001:db8::1   443     0     0",
        "  TCP[HOST_FORWARD]  16              ::    80 fec0::5054:ff:fe12:3456    80     0     0",
        "  TCP[HOST_FORWARD]  17          /run/x  -          10.0.2.15    22     0     0",
        "  ICMP[5 sec]        18 fec0::5054:ff:fe12:3456  -                ::1  -        0     0",
    ]
