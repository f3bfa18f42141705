"""User networks whose configuration and rules are kept as golden texts.

``python -m tests.support.usernets`` writes the texts anew; look at the difference before it is kept.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

from netd.plan.usernet import UserNetwork, Wanted, user_network
from netd.plan.usernet_dnsmasq import Surroundings, configuration
from netd.plan.usernet_rules import Doors, ruleset

GOLDEN = Path(__file__).resolve().parents[1] / "plan" / "golden" / "usernet"

SURROUNDINGS = Surroundings(
    interface="gw",
    upstream=(IPv4Address("127.0.0.1"), 5353),
    lease_file="/run/netd/usernet/n0/leases",
    reservations_file="/run/netd/usernet/n0/reservations",
)
DOORS = Doors(gateway="gw", gate="gate", tcp=1080, udp=1080)

WANTED = {
    "usual": Wanted(),
    "restricted": Wanted(restrict=True, tftp="/srv/tftp", guestfwd=("tcp::7-cmd:cat",)),
    "everything": Wanted(
        hostname="guest, \"the\" #1 \\ 'best'",
        domainname="lab.example",
        dnssearch=("lab.example", "example.org."),
        tftp="/srv/tftp #1, really",
        tftp_server_name="boot.example",
        bootfile='pxe/"new", loader.0',
        smb="/srv/share",
        mtu=9000,
        dhcpend="10.0.2.200",
        guestfwd=("tcp:10.0.2.100:80-tcp:127.0.0.1:80", "tcp:10.0.2.18:7-cmd:cat"),
        allow=("tcp:192.0.2.0/24:80..90", "2001:db8::/32", "198.51.100.0/24:53", "icmp:0.0.0.0/0"),
        deny=("192.0.2.7", "tcp:[::/0]:25", "udp:10.0.2.2:111"),
    ),
    "outside-dns": Wanted(
        dns="192.0.2.53",
        ipv6_dns="2001:db8::53",
        ipv6_prefixlen=48,
        tftp_server_name="192.0.2.69",
        domainname="not a domain, but told",
        bootfile="http://192.0.2.1/loader.efi",
        deny=("0.0.0.0/0", "::/0"),
    ),
    "ipv4-only": Wanted(ipv6=False, net="192.168.5.0/29", mtu=576),
    "ipv6-only": Wanted(ipv4=False, ipv6_prefix="fd00::", ipv6_prefixlen=80, ipv6_dns="fd00::2", tftp="/t"),
    "ipv6-restricted": Wanted(ipv4=False, restrict=True),
    "no-leases": Wanted(dhcpstart="10.0.2.100", dhcpend="10.0.2.100", guestfwd=("tcp:10.0.2.100:1-cmd:a",)),
    "two-addresses": Wanted(net="10.9.8.0/31", host="10.9.8.0", dns="192.0.2.53", dhcpstart="10.9.8.1"),
}


def network(name: str) -> UserNetwork:
    """The network of that name."""
    return user_network(WANTED[name])


def texts(name: str) -> dict[str, str]:
    """Its texts by the names of their golden files."""
    return {
        f"{name}.dnsmasq": configuration(network(name), SURROUNDINGS),
        f"{name}.nft": ruleset(network(name), DOORS),
    }


if __name__ == "__main__":
    for each in WANTED:
        for file, text in texts(each).items():
            (GOLDEN / file).write_text(text, encoding="utf-8")
