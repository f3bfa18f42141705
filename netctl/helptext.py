"""``netctl help``: what the daemon has, in its own words where it has any."""

from __future__ import annotations

from netctl import hmp, render
from netctl.command import Daemon
from netctl.errors import Refused
from netctl.request import IMPLIED, qmp_name
from netctl.schema import Member, Schema

_OWN = """\
netctl's own:
  run NIC… -- PROGRAM ARGS    start a guest with its NICs (netctl run -h)
  events                      follow what happens
  completion bash|zsh         print the completion script of a shell
  help [COMMAND]              this"""


def overview(daemon: Daemon) -> str:
    """Every command: the daemon's by QMP and by monitor, and netctl's own."""
    schema = daemon.schema
    commands = "\n".join(f"  {_synopsis(schema, name)}" for name in sorted(daemon.names) if name in schema)
    monitor = "\n".join(f"  {line}" for line in daemon.monitor("help").splitlines())
    return (
        "Commands (arguments as words in this order, as key=value, or as a JSON object; "
        f"netctl help COMMAND says more):\n{commands}\n\nMonitor commands:\n{monitor}\n\n{_OWN}"
    )


def of(daemon: Daemon, words: list[str]) -> str:
    """What is known of one command, and of the kind that ``words`` go on to name
    (``netdev_add hubport``). Raises `Refused` if there is no such command.
    """
    parts = []
    name = qmp_name(words[0], daemon.names)
    try:
        parts.append(daemon.monitor(hmp.line(["help", *words])).rstrip("\n"))
    except Refused:
        if name is None:
            raise
    if name is not None and name in daemon.schema:
        parts.append(_arguments(daemon.schema, name, words[1] if len(words) > 1 else None))
    return "\n\n".join(part for part in parts if part)


def _synopsis(schema: Schema, name: str) -> str:
    if name in IMPLIED:
        options = [f",{each.name}=…" for each in schema.members(name) if each.name != IMPLIED[name]]
        return f"{name} {IMPLIED[name]}{''.join(options)},…"
    return " ".join([name, *(_word(member) for member in schema.members(name))])


def _word(member: Member) -> str:
    return f"[{member.name}]" if member.optional else member.name


def _arguments(schema: Schema, name: str, case: str | None) -> str:
    members = schema.members(name, case)
    if not members:
        return f"{name} takes no arguments"
    rows = [
        ("ARGUMENT", [member.name for member in members]),
        ("", ["optional" if member.optional else "required" for member in members]),
        ("TYPE", [schema.type_text(member.type) for member in members]),
    ]
    tag = schema.tag(name)
    lines = [_synopsis(schema, name), *(f"  {row}" for row in render.table(rows).splitlines())]
    if tag and case is None:
        lines.append(f"more arguments for each {tag}: netctl help {name} {tag.upper()}")
    return "\n".join(lines)
