import pytest

from netd.monitor.hmp import Arg, HmpCommand, Monitor, UsageError, clipped, read_arguments


async def echo(call, *values):
    return f"{values}\r\n"


COMMANDS = (
    HmpCommand("set_link", "name on|off", "change the link", echo, (Arg("name"), Arg("up", "onoff"))),
    HmpCommand("quit|q", "", "quit the emulator", echo),
    HmpCommand("announce", "[a] [b]", "announce", echo, (Arg("a", optional=True), Arg("b", optional=True))),
    HmpCommand("add", "opts", "add", echo, (Arg("opts", "options"),)),
    HmpCommand("info", "[sub]", "show", echo),
)
INFOS = (HmpCommand("network", "", "show the network state", echo),)
MONITOR = Monitor(COMMANDS, INFOS)


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("", ""),
        ("   ", ""),
        ("set_link n0 on", "('n0', True)\r\n"),
        ("  set_link\t n0   off  ", "('n0', False)\r\n"),
        ('set_link "a b\\n" on', "('a b\\n', True)\r\n"),
        ("announce", "(None, None)\r\n"),
        ("announce x", "('x', None)\r\n"),
        ("add", "('',)\r\n"),
        ("q", "()\r\n"),
        ("info network", "()\r\n"),
        ("nosuch", "unknown command: 'nosuch'\r\n"),
        ("INFO network", "unknown command: 'INFO'\r\n"),
        ("info nosuch", "unknown command: 'info nosuch'\r\n"),
        ("info network; info name", "unknown command: 'info network;'\r\n"),
        ('info "network"', "unknown command: 'info \"network\"'\r\n"),
        ("set_link", 'set_link: string expected\r\nTry "help set_link" for more information\r\n'),
        ('set_link "a', 'set_link: string expected\r\nTry "help set_link" for more information\r\n'),
        ('set_link "\\q" on', 'set_link: string expected\r\nTry "help set_link" for more information\r\n'),
        ("set_link a", "Expected 'on' or 'off'\r\nTry \"help set_link\" for more information\r\n"),
        ("set_link a maybe", "Expected 'on' or 'off'\r\nTry \"help set_link\" for more information\r\n"),
        (
            "set_link a on x",
            "set_link: extraneous characters at the end of line\r\n"
            'Try "help set_link" for more information\r\n',
        ),
        (
            "q x",
            'quit|q: extraneous characters at the end of line\r\nTry "help q" for more information\r\n',
        ),
        (
            "info  network extra",
            "network: extraneous characters at the end of line\r\n"
            'Try "help info  network" for more information\r\n',
        ),
    ],
)
async def test_a_line_is_read_as_qemu_reads_it(line, output):
    assert await MONITOR.execute(None, line) == output


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (["q"], "quit|q  -- quit the emulator\r\n"),
        (["info", "network", "extra"], "info network  -- show the network state\r\n"),
        (["info", "nosuch"], "unknown command: 'info nosuch'\r\n"),
        (["nosuch"], "unknown command: 'nosuch'\r\n"),
        (["info"], "info network  -- show the network state\r\n"),
    ],
)
def test_help(words, output):
    assert MONITOR.help(words) == output


def test_help_lists_the_commands_by_name():
    names = [line.split()[0] for line in MONITOR.help([]).split("\r\n")[:-1]]
    assert names == ["add", "announce", "info", "quit|q", "set_link"]


def test_what_is_left_over_is_a_usage_error():
    with pytest.raises(UsageError):
        read_arguments(COMMANDS[1], " x")


def test_the_log_needs_no_endless_line():
    assert clipped("short") == "short"
    assert len(clipped("x" * 10_000)) < 300
