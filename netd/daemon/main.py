"""The daemon's command line, its start and its end."""

from __future__ import annotations

import argparse
import gc
import os
import resource
import signal
import sys
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import trio

from netd.daemon import log as logging
from netd.daemon.config import DEFAULT_PATH, load
from netd.daemon.notify import notify
from netd.daemon.place import DEFAULT_DIRECTORY, listening, occupy
from netd.errors import NetdError
from netd.kernel.fabric import Fabric
from netd.monitor.access import Access
from netd.monitor.announce import Announcer
from netd.monitor.attendance import Attendance
from netd.monitor.command import Commands
from netd.monitor.commands import COMMANDS
from netd.monitor.lab import Lab
from netd.monitor.server import Server
from netd.monitor.version import VERSION
from netd.plan.objects import FabricSpec
from netd.topology.warnings import warnings

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from netd.daemon.config import Config
    from netd.daemon.place import Place

ENDING = (signal.SIGINT, signal.SIGTERM)
"""The signals that end netd in order."""

GARBAGE_INTERVAL = 60.0  # seconds
GARBAGE_LIMIT = 1 << 20  # bytes that sessions may hold meanwhile
GARBAGE_PATIENCE = 10  # intervals after which it is done whatever they hold

log = structlog.get_logger()


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="netd",
        description="QEMU's network layer as a system service. Stays in the foreground; "
        "the network namespace it is started in is its host.",
    )
    add = parser.add_argument
    add(
        "--socket",
        type=Path,
        metavar="PATH",
        help="control socket (default: netd.sock in the runtime directory)",
    )
    add("--runtime-dir", type=Path, metavar="DIR", default=DEFAULT_DIRECTORY, help="default: %(default)s")
    add("--config", type=Path, metavar="FILE", help=f"default: {DEFAULT_PATH}, if it is there")
    add("--log-level", choices=logging.LEVELS, default="info", help="default: %(default)s")
    add("--log-format", choices=logging.FORMATS, help="default: journal under systemd, else console")
    add("--keep", action="store_true", help="leave the networks running when netd ends")
    add("--version", action="version", version=f"netd {VERSION.package}")
    return parser.parse_args(argv)


def main() -> None:
    """Run the daemon; exits with 1 and the reason when it cannot start."""
    args = parse()
    logging.configure(args.log_format or logging.default_format(), args.log_level)
    try:
        run(args)
    except NetdError as error:
        sys.exit(f"netd: {error}")


def run(args: argparse.Namespace) -> None:
    """Take the instance's place, serve, and leave it as ``--keep`` says."""
    if os.geteuid() != 0:
        raise NetdError("it takes root to own network interfaces")
    config = load(args.config)
    _raise_descriptor_limit()
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # what is begun is ended in order
    with closing(occupy(args.runtime_dir, args.socket)) as place, listening(place.socket_path) as sock:
        _run_in(place, sock, config, keep=args.keep)


def _run_in(place: Place, sock: socket.socket, config: Config, *, keep: bool) -> None:
    instance = place.instance
    fabric = Fabric.open(FabricSpec(instance, instance))
    try:
        if fabric.adopted:
            fabric.clear()
            log.warning("removed what an earlier netd left", fabric=instance)
        lab = Lab(fabric, instance, mac_start=config.mac_start, name=config.name)
        trio.run(_serve, lab, sock, config, keep)
    finally:
        if keep:
            fabric.close()
        else:
            fabric.teardown()


async def _serve(lab: Lab, sock: socket.socket, config: Config, keep: bool) -> None:
    sock.setblocking(False)
    listener = trio.SocketListener(trio.socket.from_stdlib_socket(sock))
    async with trio.open_nursery() as nursery:
        server = Server(lab, Commands(COMMANDS), Announcer(lab, nursery), Access(config.group))
        await nursery.start(_heed_signals, server)
        nursery.start_soon(Attendance(lab, server.events).watch)
        nursery.start_soon(server.serve, listener)
        for warning in warnings(lab.network):
            log.warning(warning)
        nursery.start_soon(_collect_garbage, server)
        notify("READY=1")
        log.info("netd serves", socket=str(sock.getsockname()), fabric=lab.instance, keep=keep)
        await server.ending.wait()
        notify("STOPPING=1")
        await server.say_goodbye()
        nursery.cancel_scope.cancel()


async def _heed_signals(server: Server, task_status: trio.TaskStatus[None]) -> None:
    with trio.open_signal_receiver(*ENDING) as signals:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        task_status.started()
        async for number in signals:
            log.info("told to end", signal=signal.Signals(number).name)
            server.end("host-signal")


async def _collect_garbage(server: Server) -> None:
    """Look for cycles now and then, but not while a big message is in hand.

    Left to itself Python's collector looks at every container there is whenever a quarter is new,
    and a message of a million values would hold up everyone for as long as that takes.
    """
    gc.freeze()  # what is here now stays
    gc.set_threshold(700, 10, 1 << 30)  # young ones as ever, old ones only here
    for number in count(1):
        await trio.sleep(GARBAGE_INTERVAL)
        if server.ledger.total < GARBAGE_LIMIT or number % GARBAGE_PATIENCE == 0:
            gc.collect()


def _raise_descriptor_limit() -> None:
    """Every session and every worker costs descriptors; the soft limit is for select(2)'s sake only."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
