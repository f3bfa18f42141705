"""``netctl``: the program. See ``netctl --help``."""

from __future__ import annotations

import argparse
import io
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from netctl.client import DEFAULT_SOCKET, socket_path
from netctl.errors import DONE, INTERRUPTED, Failure, Usage
from netd import __version__

if TYPE_CHECKING:
    from netctl.command import Daemon

_EPILOG = f"""\
COMMAND is anything the daemon has ('netctl help' lists it), in QEMU's words:
  netctl netdev_add hubport,id=h0,hubid=0     option syntax
  netctl device_add e1000,id=n0,netdev=h0
  netctl set_link n0 off                      words in order, key=value, or a JSON object
  netctl query-network                        a table; --json: the answer itself
  netctl info network                         QEMU's text
or one of netctl's own:
  run NIC… -- PROGRAM ARGS    start a guest with its NICs (netctl run -h)
  events                      follow what happens
  completion bash|zsh         print the completion script of a shell
  help [COMMAND]              what the daemon has
Alone, netctl is a shell; with a file or pipe on stdin it does that line by line.

The socket is {DEFAULT_SOCKET}, or what NETD_SOCKET says.
Exit code: 0 done, 1 refused by the daemon, 2 no daemon there, or usage.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run netctl with ``argv`` (default: the process's) and return the exit code."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `netctl … | head` ends without a word
    _take_any_text()
    options = _parser().parse_args(argv)
    try:
        return _dispatch(options)
    except Failure as failure:
        print(f"netctl: {failure}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return INTERRUPTED


def _take_any_text() -> None:
    """A locale that lacks a character is no reason to fail."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="netctl",
        description="Talk to netd: QEMU's network commands for every guest of a lab host.",
        epilog=_EPILOG,
        usage="netctl [-s SOCKET] [--json] [COMMAND …]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-s", "--socket", default=socket_path(), help="the daemon's socket")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--version", action=_Version, nargs=0, help="print netctl's version")
    parser.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


class _Version(argparse.Action):
    """Prints it: netctl and netd are one package."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"netctl {__version__}")
        parser.exit()


def _dispatch(options: argparse.Namespace) -> int:
    if options.words[:1] == ["--"]:
        del options.words[0]
    match options.words:
        case ["__complete", *words]:
            from netctl import completion  # noqa: PLC0415 - each command loads what it needs

            return completion.answer(words)
        case ["completion", *words]:
            from netctl import completion  # noqa: PLC0415

            print(completion.script(" ".join(words)), end="")
            return DONE
        case ["run", *words]:
            from netctl import run  # noqa: PLC0415

            return run.run(options.socket, words)
        case words:
            return _talk(options, words)


def _talk(options: argparse.Namespace, words: list[str]) -> int:
    from netctl.command import Daemon  # noqa: PLC0415 - the daemon is not asked for --help
    from netctl.request import split  # noqa: PLC0415

    if len(words) == 1 and " " in words[0]:
        words = split(words[0])  # a whole line
    with Daemon(options.socket) as daemon:
        perform = _performer(daemon, as_json=options.json)
        if options.words:
            return perform(words)
        from netctl import shell  # noqa: PLC0415

        return shell.interact(daemon, perform) if sys.stdin.isatty() else shell.script(sys.stdin, perform)


def _performer(daemon: Daemon, *, as_json: bool) -> Callable[[list[str]], int]:
    def perform(words: list[str]) -> int:
        """Do one command and print its answer; ``--json`` may stand anywhere."""
        raw = as_json or "--json" in words
        _say(daemon, [word for word in words if word != "--json"], as_json=raw)
        return DONE

    return perform


def _say(daemon: Daemon, words: list[str], *, as_json: bool) -> None:
    from netctl import events, helptext, render  # noqa: PLC0415 - as above

    match words:
        case []:
            raise Usage("no command (netctl help lists them)")
        case ["events"]:
            events.follow(daemon.path, as_json=as_json)
            return
        case ["events", *_]:
            raise Usage("events takes no arguments")
        case ["run" | "completion", *_]:
            raise Usage(f"{words[0]} is for the command line: netctl {words[0]} …")
        case ["help" | "?"]:
            text = helptext.overview(daemon)
        case ["help" | "?", *topic]:
            text = helptext.of(daemon, topic)
        case [command, "-h" | "--help"]:
            text = helptext.of(daemon, [command])
        case _:
            answer = daemon.perform(words)
            if as_json:
                text = render.as_json(answer.value, pretty=sys.stdout.isatty())
            else:
                text = render.as_text(*answer)
    if text:
        print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
