from __future__ import annotations

import pytest

from netctl import hmp


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["info", "network"], "info network"),
        (["hostfwd_add", "u0", "tcp::2222-:22"], "hostfwd_add u0 tcp::2222-:22"),
        (["set_link", "a b", "on"], 'set_link "a b" on'),
        (["x", ""], 'x ""'),
        (["x", '"'], r'x "\""'),
        (["x", 'say "hi"'], r'x "say \"hi\""'),
        (["x", 'in"side'], 'x in"side'),
        (["x", "a\\b c"], r'x "a\\b c"'),
        (["x", "two\nlines\r"], r'x "two\nlines\r"'),
    ],
)
def test_words_are_quoted_where_the_monitor_would_part_them(words: list[str], line: str) -> None:
    assert hmp.line(words) == line


def test_line_ends_are_this_sides() -> None:
    assert hmp.plain("hub 0\r\n \\ h0\r\n") == "hub 0\n \\ h0\n"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("nosuch", "unknown command: 'nosuch'\n"),
        ("info nosuch", "unknown command: 'info nosuch'\n"),
        ("netdev_del q", "Error: Device 'q' not found\n"),
        ("device_del", 'device_del: string expected\nTry "help device_del" for more information\n'),
        (
            "info network x",
            'network: extraneous characters at the end of line\nTry "help info network" for more…\n',
        ),
        ("netdev_add user,id=a", 'Try "help netdev_add" for more information\n'),
        ("hostfwd_add tcp::1-:2", "user mode network stack not in use\n"),
        ("hostfwd_remove tcp::5401", "host forwarding rule for tcp::5401 not found\n"),
        ("hostfwd_remove x", "invalid format\n"),
        ("hostfwd_remove x", ""),
        ("announce_self helpful", "whatever\n"),
    ],
)
def test_what_the_monitor_says_when_it_refuses(line: str, text: str) -> None:
    assert hmp.is_refusal(line, text)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("", ""),
        ("info network", "n0: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:56\n"),
        ("info usernet", ""),
        ("netdev_add user,id=a", ""),
        ("netdev_add help", "Available netdev backend types:\nhubport\n"),
        ("device_add e1000,help", "e1000 options:\n"),
        ("device_add ?", 'name "e1000", bus PCI\n'),
        ("hostfwd_remove tcp::5401", "host forwarding rule for tcp::5401 removed\n"),
        ("help set_link", "set_link name on|off -- change the link status of a network adapter\n"),
    ],
)
def test_what_the_monitor_says_when_it_is_done(line: str, text: str) -> None:
    assert not hmp.is_refusal(line, text)
