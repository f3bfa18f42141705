"""Options of the ``user`` netdev and rules, with what a real QEMU 7.2 says of them."""

from __future__ import annotations

from typing import Any

LONG = "x" * 256
IPV6_LENGTH = "Invalid IPv6 prefix provided (IPv6 prefix length must be between 0 and 126)"

REFUSED: list[tuple[dict[str, Any], str]] = [
    # which families there are
    ({"ipv4": False, "ipv6": False}, "IPv4 and IPv6 disabled"),
    ({"ipv4": False, "ipv6": False, "net": "x"}, "IPv4 disabled but netmask/host/dns provided"),
    ({"ipv4": False, "ip": "10.0.2.0"}, "IPv4 disabled but netmask/host/dns provided"),
    ({"ipv4": False, "host": "10.0.2.2"}, "IPv4 disabled but netmask/host/dns provided"),
    ({"ipv6": True, "dns": "10.0.2.3"}, "IPv4 disabled but netmask/host/dns provided"),
    ({"ipv6": False, "ipv6-host": "fec0::9"}, "IPv6 disabled but prefix/host6/dns6 provided"),
    ({"ipv6": False, "ipv6-dns": "fec0::9"}, "IPv6 disabled but prefix/host6/dns6 provided"),
    ({"ipv4": True, "ipv6-prefix": "fd00::"}, "IPv6 disabled but prefix/host6/dns6 provided"),
    # the IPv4 network
    ({"net": ""}, "Failed to parse netmask"),
    ({"net": "/24"}, "Failed to parse netmask"),
    ({"net": "10.0.2.256"}, "Failed to parse netmask"),
    ({"net": "10.0.08.0"}, "Failed to parse netmask"),
    ({"net": "10.0.2.0/24/"}, "Failed to parse netmask (trailing chars)"),
    ({"net": "10.0.2.0/24x"}, "Failed to parse netmask (trailing chars)"),
    ({"ip": "10.9.8.7/16"}, "Failed to parse netmask (trailing chars)"),
    ({"net": "10.0.2.0/"}, "Invalid netmask provided (must be in range 4-32)"),
    ({"net": "10.0.2.0/-1"}, "Invalid netmask provided (must be in range 4-32)"),
    ({"net": "10.0.2.0/3"}, "Invalid netmask provided (must be in range 4-32)"),
    ({"net": "10.0.3.0/33"}, "Invalid netmask provided (must be in range 4-32)"),
    # its addresses
    ({"host": ""}, "Failed to parse host"),
    ({"host": "1.2.3.4"}, "Host doesn't belong to network"),
    ({"net": "192.168.3.4", "host": "192.169.0.1"}, "Host doesn't belong to network"),
    ({"dns": "zz"}, "Failed to parse DNS"),
    ({"dns": "8.8.8.8", "restrict": True}, "DNS doesn't belong to network"),
    ({"dns": "10.0.2.2"}, "DNS must be different from host"),
    ({"net": "10.0.3.0/32"}, "DNS must be different from host"),
    ({"dhcpstart": "x"}, "Failed to parse DHCP start address"),
    ({"dhcpstart": "10.0.3.1"}, "DHCP doesn't belong to network"),
    ({"ipv4": False, "dhcpstart": "1.1.1.1"}, "DHCP doesn't belong to network"),
    ({"dhcpstart": "10.0.2.2"}, "DHCP must be different from host and DNS"),
    ({"dhcpstart": "10.0.2.3"}, "DHCP must be different from host and DNS"),
    ({"net": "10.0.3.0/30"}, "DHCP must be different from host and DNS"),
    ({"net": "10.0.3.0/31"}, "DHCP must be different from host and DNS"),
    ({"smbserver": "x", "ipv6-prefix": "zz"}, "Failed to parse SMB address"),
    # IPv6
    ({"ipv6-prefix": "zz"}, "Failed to parse IPv6 prefix"),
    ({"ipv6-prefix": ""}, "Failed to parse IPv6 prefix"),
    ({"ipv6-prefix": "fec0::1%lo"}, "Failed to parse IPv6 prefix"),
    ({"ipv6-prefixlen": -1}, IPV6_LENGTH),
    ({"ipv6-prefixlen": 127}, IPV6_LENGTH),
    ({"ipv6": False, "ipv6-prefixlen": 200}, IPV6_LENGTH),
    ({"ipv6-host": "zz"}, "Failed to parse IPv6 host"),
    ({"ipv6-host": "fd00::1"}, "IPv6 Host doesn't belong to network"),
    ({"ipv6-dns": "zz"}, "Failed to parse IPv6 DNS"),
    ({"ipv6-dns": "fd00::1", "restrict": True}, "IPv6 DNS doesn't belong to network"),
    # texts
    ({"domainname": "", "hostname": LONG}, "'domainname' parameter cannot be empty"),
    ({"domainname": LONG, "hostname": LONG}, "'domainname' parameter cannot exceed 255 bytes"),
    ({"hostname": LONG, "tftp-server-name": LONG}, "'vhostname' parameter cannot exceed 255 bytes"),
    ({"hostname": "é" * 128}, "'vhostname' parameter cannot exceed 255 bytes"),
    ({"tftp-server-name": LONG}, "'tftp-server-name' parameter cannot exceed 255 bytes"),
    # forwards: guest before host, the last first
    ({"hostfwd": ["a"], "guestfwd": ["b"]}, "Invalid guest forwarding rule 'b'"),
    ({"guestfwd": ["a", "b"]}, "Invalid guest forwarding rule 'b'"),
    ({"hostfwd": ["a", "b"], "smb": "/dev"}, "Invalid host forwarding rule 'b' (No : separators)"),
    *(
        ({"guestfwd": [rule]}, f"Conflicting/invalid host:port in guest forwarding rule '{rule}'")
        for rule in ("tcp:10.0.2.2:80-cmd:x", "tcp:10.0.2.3:53-cmd:x", "tcp:10.0.3.1:80-cmd:x")
    ),
    ({"smb": "/dev", "smbserver": "10.0.2.2"}, "Conflicting/invalid smbserver address"),
    ({"smb": "/dev", "smbserver": "10.0.3.2"}, "Conflicting/invalid smbserver address"),
]
"""Options and the text with which QEMU refuses them."""

TAKEN: list[tuple[dict[str, Any], str]] = [
    ({}, "10.0.2.0"),
    ({"ip": "10.9.8.7"}, "10.9.8.0"),
    ({"ip": "1.2.3.4", "net": "10.5.6.7/16"}, "10.5.0.0"),
    ({"net": "10.0.3.7"}, "10.0.0.0"),
    ({"net": "10.0.3.0/255.255.0.0"}, "10.0.0.0"),
    ({"net": "10.1"}, "10.0.0.0"),
    ({"net": "0"}, "0.0.0.0"),
    ({"net": "0xa000203/24"}, "10.0.2.0"),
    ({"net": "012.1.1.1/8"}, "10.0.0.0"),
    ({"net": "10.0.2.0/ 24"}, "10.0.2.0"),
    ({"net": "10.0.2.0/+24"}, "10.0.2.0"),
    ({"net": "1.2.3.4/0xffffff00"}, "1.2.3.0"),
    ({"net": "11.5.0.0/8"}, "11.0.0.0"),
    ({"net": "128.5.6.7"}, "128.5.0.0"),
    ({"net": "172.20.1.2"}, "172.16.0.0"),
    ({"net": "172.32.1.2"}, "172.32.0.0"),
    ({"net": "192.168.3.4"}, "192.168.0.0"),
    ({"net": "192.0.2.77"}, "192.0.2.64"),
    ({"net": "198.18.3.4"}, "198.18.0.0"),
    ({"net": "240.1.2.3"}, "240.1.2.0"),
    ({"net": "10.0.2.0/28"}, "10.0.2.0"),
    ({"net": "10.0.3.0/29"}, "10.0.3.0"),
    ({"net": "192.168.76.0/24", "host": "192.168.76.9"}, "192.168.76.0"),
    ({"ipv6": False}, "10.0.2.0"),
    ({"ipv6": True}, "10.0.2.0"),
    ({"ipv4": False}, "10.0.2.0"),
    ({"ipv4": True, "ipv6": True, "ipv6-prefix": "fd00::"}, "10.0.2.0"),
    ({"dns": "8.8.8.8"}, "10.0.2.0"),
    ({"smbserver": "1.2.3.4"}, "10.0.2.0"),
    ({"smb": "/dev", "smbserver": "0.0.0.0"}, "10.0.2.0"),
    ({"ipv6-prefixlen": 0}, "10.0.2.0"),
    ({"ipv6-prefixlen": 126}, "10.0.2.0"),
    ({"ipv6-prefix": "fec0::1", "ipv6-host": "fec0::9"}, "10.0.2.0"),
    ({"ipv6-host": "fec0::3"}, "10.0.2.0"),
    ({"ipv6-dns": "fd00::1"}, "10.0.2.0"),
    ({"hostname": "", "bootfile": "", "tftp-server-name": ""}, "10.0.2.0"),
    ({"dnssearch": ["a.b", "c"]}, "10.0.2.0"),
    ({"dnssearch": ["", "a..b", "x" * 70]}, "10.0.2.0"),
    ({"tftp": "/nonexistent"}, "10.0.2.0"),
    ({"hostname": "x" * 255, "bootfile": "x" * 127}, "10.0.2.0"),
    ({"guestfwd": ["tcp:10.0.2.100:80-cmd:cat", "::80-cmd:cat", "tcp:0.0.0.0:081-cmd:x"]}, "10.0.2.0"),
    ({"hostfwd": ["tcp:127.0.0.1:0-:22", "udp:127.1:-1.2.3.4:0x35"]}, "10.0.2.0"),
]
"""Options that QEMU takes, and the network that it then shows."""

OURS: list[tuple[dict[str, Any], str]] = [
    ({"net": "10.0.2.0/0x18"}, "Invalid netmask provided (0.0.0.24 has ones after zeros)"),
    ({"net": "10.0.2.0/255.0.255.0"}, "Invalid netmask provided (255.0.255.0 has ones after zeros)"),
    ({"net": "10.0.2.0/0.0.0.0"}, "Invalid netmask provided (must be in range 4-32)"),
    ({"net": "127.0.0.0"}, "Invalid network provided (127.0.0.0/8 is no network of hosts)"),
    ({"net": "224.1.2.3"}, "Invalid network provided (224.1.2.0/24 is no network of hosts)"),
    ({"ipv6-prefix": "ff02::"}, "Invalid IPv6 prefix provided (ff02::/64 is no network of hosts)"),
    ({"ipv6-prefix": "fe80::"}, "Invalid IPv6 prefix provided (fe80::/64 is no network of hosts)"),
    (
        {"net": "10.0.3.0/28", "dhcpstart": "10.0.3.15"},
        "DHCP start must not be the first or the last address of 10.0.3.0/28, is 10.0.3.15",
    ),
    (
        {"net": "10.0.3.0/29", "host": "10.0.3.6", "dns": "10.0.3.5"},
        "DHCP start must not be the first or the last address of 10.0.3.0/29, is 10.0.3.7",
    ),
    ({"host": "10.0.2.0"}, "Host must not be the first or the last address of 10.0.2.0/24, is 10.0.2.0"),
    (
        {"net": "10.0.3.0/30", "dhcpstart": "10.0.3.1"},
        "DNS must not be the first or the last address of 10.0.3.0/30, is 10.0.3.3",
    ),
    (
        {"guestfwd": ["tcp::80-cmd:x", "tcp:10.0.2.4:80-cmd:y"]},
        "Conflicting/invalid host:port in guest forwarding rule 'tcp::80-cmd:x'",
    ),
    (
        {"guestfwd": ["tcp:10.0.2.255:80-cmd:y"]},
        "Conflicting/invalid host:port in guest forwarding rule 'tcp:10.0.2.255:80-cmd:y'",
    ),
    (
        {"ipv4": False, "guestfwd": ["tcp::80-cmd:x"]},
        "Conflicting/invalid host:port in guest forwarding rule 'tcp::80-cmd:x'",
    ),
    ({"ipv4": False, "smb": "/dev"}, "IPv4 disabled but smb provided"),
    ({"smb": "/dev", "guestfwd": ["tcp::445-cmd:x"]}, "Conflicting/invalid smbserver address"),
    ({"tftp": "x"}, "'tftp' parameter must be an absolute path"),
    ({"tftp": ""}, "'tftp' parameter must be an absolute path"),
    ({"hostname": "a\nb"}, "'hostname' parameter cannot hold control characters"),
    (
        {"ipv4": False, "hostfwd": ["tcp:127.0.0.1:0-:1"]},
        "Invalid host forwarding rule 'tcp:127.0.0.1:0-:1' (the network has no IPv4)",
    ),
]
"""Options that QEMU takes but cannot honour, and the text with which we refuse them."""

OWN: list[tuple[dict[str, Any], str]] = [
    ({"bootfile": "x" * 128}, "'bootfile' parameter cannot exceed 127 bytes"),
    ({"smb": "x"}, "'smb' parameter must be an absolute path"),
    ({"mtu": 575}, "Invalid mtu provided (must be in range 576-65520)"),
    ({"mtu": 65521}, "Invalid mtu provided (must be in range 576-65520)"),
    ({"mtu": 1279, "ipv6-prefix": "fd00::"}, "IPv6 needs an mtu of at least 1280"),
    ({"mtu": 1279, "ipv4": False}, "IPv6 needs an mtu of at least 1280"),
    ({"dhcpend": "x"}, "Failed to parse DHCP end address"),
    ({"dhcpend": "10.0.3.1"}, "DHCP end doesn't belong to network"),
    ({"dhcpend": "10.0.2.14"}, "DHCP end must not be before DHCP start"),
    (
        {"dhcpend": "10.0.2.255"},
        "DHCP end must not be the first or the last address of 10.0.2.0/24, is 10.0.2.255",
    ),
    ({"file-user": ""}, "'file-user' parameter cannot be empty"),
    ({"file-user": "a\tb"}, "'file-user' parameter cannot hold control characters"),
    ({"allow": ["x"]}, "Invalid egress rule 'x' (Bad network)"),
    ({"deny": ["icmp:0.0.0.0/0:1"]}, "Invalid egress rule 'icmp:0.0.0.0/0:1' (ICMP has no ports)"),
    (
        {"ipv6": False, "hostfwd": ["tcp::80-[fec0::9]:80"]},
        "Invalid host forwarding rule 'tcp::80-[fec0::9]:80' (the network has no IPv6)",
    ),
    (
        {"hostfwd": ["tcp::8000..8009-:8000..8009", "tcp::8009-:1"]},
        "Could not set up host forwarding rule 'tcp::8000..8009-:8000..8009': "
        "in use by 'tcp::8009-10.0.2.15:1'",
    ),
    ({"guestfwd": ["tcp:[fec0::9]:1-cmd:x"]}, "Invalid guest forwarding rule 'tcp:[fec0::9]:1-cmd:x'"),
]
"""What is refused and cannot be asked of a QEMU, for it has no such option or it dies of it."""

HOSTFWDS: list[tuple[str, str]] = [
    ("", "No : separators"),
    ("u0", "No : separators"),
    ("tcp:", "Missing : separator"),
    ("sctp::1-:1", "Bad protocol name"),
    ("TCP::1-:22", "Bad protocol name"),
    (":5703-:1", "Bad host address"),
    ("tcp:zz:5401-:22", "Bad host address"),
    ("tcp:999.1.1.1:1-:1", "Bad host address"),
    ("tcp:localhost:5706-:22", "Bad host address"),
    ("tcp:[::1:5405-:22", "Bad host address"),
    ("tcp:[::1]x:5405-:22", "Bad host address"),
    ("tcp:[127.0.0.1]:5405-:22", "Bad host address"),
    ("tcp::5704", "Bad host port separator"),
    ("::", "Bad host port separator"),
    ("tcp::65536-:1", "Bad host port"),
    ("tcp::08-:22", "Bad host port"),
    ("tcp::1 -:22", "Bad host port"),
    ("tcp::0x-:22", "Bad host port"),
    ("tcp::18446744073709551616-:22", "Bad host port"),
    ("tcp::1-", "Missing guest address"),
    ("tcp::1-22", "Missing guest address"),
    ("tcp::-1-:1", "Bad guest address"),
    ("tcp::1-x:1", "Bad guest address"),
    ("tcp::5704-:65536", "Bad guest port"),
    ("tcp::1-:0", "Bad guest port"),
    ("tcp::1-:", "Bad guest port"),
    ("tcp::1-:22x", "Bad guest port"),
    ("tcp::5712-:22-:33", "Bad guest port"),
]
"""Host forwarding rules and the reason for which QEMU refuses them."""

GUESTFWDS: list[str] = [
    *("", "x", "tcp:", "tcp:10.0.2.100:80", "10.0.2.100:80-cmd:cat", "udp:10.0.2.100:80-cmd:cat"),
    *("tcp:10.0.2.100:65536-cmd:cat", "tcp::0-cmd:x", "tcp::x-cmd:x", "tcp::0x50-cmd:x", "tcp::-cmd:x"),
    *("tcp:10.0.2.256:80-cmd:x", "tcp:10.0.2.100:80x-cmd:x"),
]
"""Guest forwarding rules that QEMU cannot read."""

TARGETS: list[str] = ["", "nosuchchr", "chardev:x", "Null"]
"""What comes after the dash of a guest forwarding rule and is no target to QEMU either."""
