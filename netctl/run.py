"""``netctl run``: become a guest's VMM, holding the guest's NICs.

The daemon hands over each NIC's tap, the program inherits them, and netctl is replaced by
it: the process id stays, and the NICs are free again when it ends. No privilege is needed
but the permission to talk to the daemon.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from netctl import vmm
from netctl.command import Daemon
from netctl.errors import Usage

NOT_EXECUTABLE, NOT_FOUND = 126, 127  # as a shell has them

USAGE = "netctl run NIC… -- PROGRAM ARGS"

HELP = f"""usage: {USAGE}

Start PROGRAM with the NICs of the fabric named by their ids. It needs no privilege. The
NICs stay when it ends, and can be used again.

  netctl run n0 -- qemu-system-x86_64 -m 1G -drive file=lab.qcow2
      For QEMU (qemu-system-…, qemu-kvm, kvm) the arguments -netdev and -device of each
      NIC are added: its model, MAC, queues and properties are what the daemon has.

  netctl run n0 -- my-vmm --net fd={{fd:n0}},mac={{mac:n0}}
      For any other program, and for a NIC of QEMU's that is to be special:
      {{fd:NIC}}   the number of the descriptor of the NIC's tap, which has a vnet header
      {{fds:NIC}}  of all its queues, as 5:6:7
      {{mac:NIC}}  its MAC
      are replaced in ARGS.

Exit code: PROGRAM's; 127 no such program, 126 it cannot be started, 1 a NIC was refused,
2 usage, or no daemon.
"""


def run(path: str, words: Sequence[str]) -> int:
    """Open the NICs and exec the program; returns only when that fails, with the exit code.

    Raises `Usage`, `Refused` and `Unreachable` before anything is started.
    """
    if words and words[0] in {"-h", "--help"}:
        print(HELP, end="")
        return 0
    nics, command = _parse(words)
    vmm.check(nics, command)
    with Daemon(path) as daemon:
        opened = [_open(daemon, nic) for nic in nics]
    return _become(vmm.command_line(opened, command), opened)


def _parse(words: Sequence[str]) -> tuple[list[str], list[str]]:
    if "--" not in words:
        raise Usage(f"run: no '--' before the program (usage: {USAGE})")
    at = words.index("--")
    nics, command = list(words[:at]), list(words[at + 1 :])
    if not nics or not command:
        raise Usage(f"run: which {'program' if nics else 'NIC'}? (usage: {USAGE})")
    if len(set(nics)) < len(nics):
        raise Usage("run: a NIC can be given only once")
    return nics, command


def _open(daemon: Daemon, nic: str) -> vmm.Nic:
    answer, descriptors = daemon.execute_for_descriptors("nic-open", {"id": nic})
    return vmm.Nic(answer["id"], answer["model"], answer["mac"], descriptors, answer["properties"])


def _become(command: list[str], nics: Sequence[vmm.Nic]) -> int:
    for nic in nics:
        for descriptor in nic.descriptors:
            os.set_inheritable(descriptor, True)
    _restore_signals()
    sys.stdout.flush()
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"netctl: cannot start {command[0]}: {error.strerror}", file=sys.stderr)
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE


def _restore_signals() -> None:
    """Python ignores these, and what is ignored stays so in the program."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
