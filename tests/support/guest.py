"""A real guest: a QEMU process with the test image, commanded over its serial console.

::

    with Guest("-netdev", "hubport,id=h,hubid=0", "-device", "e1000,netdev=h") as guest:
        guest.address("eth0", "10.0.0.1/24")
        assert guest.run("ping -c 1 10.0.0.2").status == 0

Everything blocks, with a limit; under trio: ``await trio.to_thread.run_sync(guest.run, "…")``.

Theory of operation. The console is QEMU's standard input and output, which survive any program
put before QEMU (``prefix``) and any change of user. In the guest a shell reads commands from it
that neither echoes nor prompts, so the console carries nothing but what was asked for. An answer
stands between two marks with a number that is used once; a panic shows inside it, and what came
before is in `log`. A thread reads the console all the time, so that no guest waits for a test.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shlex
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple, Self

from tests.guests.image import Image, image
from tests.support.process import finish, spawn, tool

BOOT = 60.0
"""Seconds that a guest may take to boot; it needs two or three on an idle machine."""

KERNEL_ARGUMENTS = "console=ttyS0 quiet panic=-1 nokaslr tsc=reliable no_timer_check cryptomgr.notests"
# panic=-1 with -no-reboot: a guest that panics ends. The rest makes it boot in two thirds of the time.

READY = rb"netd guest ready\n"


class Answer(NamedTuple):
    """What a command in the guest printed (both streams), and its exit status."""

    output: str
    status: int


class GuestFailed(AssertionError):
    """The guest died, kept silent or failed a command; the text ends with its console log."""


class Guest:
    """One QEMU guest; ``arguments`` are added to QEMU's command line.

    ``prefix`` is a command that runs QEMU (``netctl run NIC --``); ``pass_fds`` stay open in it,
    under their numbers. ``netns`` (name or path), ``user`` and ``groups`` say where and as whom.
    ``memory`` is in MiB. NICs are called eth0, eth1, … in PCI order and are down at first.
    """

    def __init__(
        self,
        *arguments: str,
        name: str = "guest",
        prefix: Sequence[str] = (),
        pass_fds: Sequence[int] = (),
        netns: str | None = None,
        user: str | None = None,
        groups: Sequence[str] = (),
        memory: int = 128,
        boot_image: Image | None = None,
    ) -> None:
        self.name = name
        self._arguments = arguments
        self._prefix = prefix
        self._pass_fds = pass_fds
        self._netns = netns
        self._user = user
        self._groups = groups
        self._memory = memory
        self._image = boot_image
        self._console: Console | None = None
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        self.start()
        try:
            return self.wait_ready()
        except BaseException:
            self.kill()
            raise

    def __exit__(self, *_: object) -> None:
        self.kill()

    # Its life

    def start(self, *more: str) -> Self:
        """Start QEMU (with ``more`` arguments) and return at once; `wait_ready` waits until it has booted."""
        complaints = tempfile.TemporaryFile()  # noqa: SIM115 - the console closes it
        process = spawn(
            [*self._prefix, *self._command(self._image or image()), *self._arguments, *more],
            netns=self._netns,
            user=self._user,
            groups=self._groups,
            pass_fds=self._pass_fds,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        self._console = Console(self.name, process, complaints)
        return self

    def wait_ready(self, timeout: float = BOOT) -> Self:
        """Wait until the guest has booted and takes commands."""
        self.console.wait_for(READY, timeout, "it to boot")
        return self

    def power_off(self, timeout: float = 20.0) -> int:
        """Let the guest end by itself, as a person would; QEMU's exit status."""
        self.console.send("poweroff -f\n")
        return self.console.end(0, timeout)

    def stop(self, timeout: float = 10.0) -> int:
        """Ask QEMU to end (SIGTERM), whatever the guest does; its exit status."""
        return self.console.end(signal.SIGTERM, timeout)

    def kill(self) -> None:
        """End QEMU at once (SIGKILL). Harmless when it has ended, or never began."""
        if self._console is not None:
            self._console.end(signal.SIGKILL, 5.0)

    @property
    def console(self) -> Console:
        """The serial console; `GuestFailed` when the guest was never started."""
        if self._console is None:
            raise GuestFailed(f"{self.name} was not started")
        return self._console

    @property
    def pid(self) -> int:
        """The process number of QEMU, or of the prefix if that stays."""
        return self.console.process.pid

    @property
    def log(self) -> str:
        """All that came over the console, and what QEMU complained of."""
        return self.console.log

    # Its shell

    def run(self, command: str, *, timeout: float = 30.0) -> Answer:
        """Run a shell command in the guest; each has a shell of its own, and no input.

        Raises `GuestFailed` when the answer takes longer than ``timeout`` seconds; the guest is
        of no more use then.
        """
        return self.ask(f"sh -c {shlex.quote(command)} </dev/null 2>&1", timeout)

    def check(self, command: str, *, timeout: float = 30.0) -> str:
        """The output of a command that must succeed; `GuestFailed` otherwise."""
        output, status = self.run(command, timeout=timeout)
        if status != 0:
            raise GuestFailed(f"{self.name}: {command!r} ended with status {status}:\n{output}\n{self.log}")
        return output

    def until(self, command: str, *, timeout: float = 30.0) -> str:
        """Repeat a command in the guest until it succeeds; its output then."""
        attempt = f'until out=$({command}); do usleep 50000; done; echo "$out"'
        return self.check(attempt, timeout=timeout)

    def background(self, command: str) -> Job:
        """Start a command in the guest and go on; ``wait`` collects its answer."""
        number = next(self._numbers)
        started = self.ask(
            f"setsid sh -c {shlex.quote(command)} </dev/null >/tmp/job.{number} 2>&1 & echo $!", 30.0
        )
        return Job(self, number, int(started.output))

    def address(self, nic: str, *addresses: str) -> None:
        """Give an interface addresses (with prefix length) and set it up."""
        for address in addresses:
            self.check(f"ip address add {address} dev {nic}")
        self.check(f"ip link set {nic} up")

    def ping(self, address: str, *, count: int = 1, wait: int = 1, size: int = 56) -> bool:
        """Whether any of ``count`` pings is answered, each within ``wait`` seconds."""
        return (
            self.run(f"ping -c {count} -W {wait} -s {size} {address}", timeout=30 + count * wait).status == 0
        )

    # Inside

    def _command(self, boot_image: Image) -> list[str]:
        return [
            tool("qemu-system-x86_64", "qemu-system-x86"),
            *("-name", self.name, "-M", "pc,accel=tcg,hpet=off,vmport=off", "-m", str(self._memory)),
            *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
            # qboot takes a kernel that needs no unpacking straight to its entry, and runs no option ROMs.
            *("-bios", "qboot.rom", "-kernel", str(boot_image.kernel), "-initrd", str(boot_image.initramfs)),
            *("-append", f"{KERNEL_ARGUMENTS} guest={self.name}"),
            *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
        ]

    def ask(self, line: str, timeout: float) -> Answer:
        """What a line gives in the console's own shell; it must neither read input nor end that shell."""
        number = next(self._numbers)
        self.console.send(f"echo '{{{{{number}'; {line}; echo \"}}}}{number} $?\"\n")
        awaited = f"the answer to {line!r}"
        output, end = self.console.wait_for(rb"}}%d (\d+)\n" % number, timeout, awaited)
        _, _, answer = output.partition(b"{{%d\n" % number)
        return Answer(answer.decode(errors="replace"), int(end[1]))


class Job:
    """A command that runs in the guest's background."""

    def __init__(self, guest: Guest, number: int, pid: int) -> None:
        self._guest = guest
        self.number = number
        self._output = f"/tmp/job.{number}"
        self.pid = pid
        """Its process number in the guest, and that of its process group."""

    def output(self) -> str:
        """What it has printed so far."""
        return self._guest.check(f"cat {self._output}")

    def wait(self, *, timeout: float = 30.0) -> Answer:
        """Wait until it ends; all that it printed, and its exit status."""
        line = f"wait {self.pid}; status=$?; cat {self._output}; (exit $status)"
        return self._guest.ask(line, timeout)

    def stop(self, how: str = "INT", *, timeout: float = 30.0) -> Answer:
        """Send it a signal, then wait: ping and the like print their summary at INT."""
        self._guest.run(f"kill -{how} -{self.pid}")
        return self.wait(timeout=timeout)


class Console:
    """The serial console of a QEMU process: everything that was said, and waiting for what will be."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], complaints: IO[bytes]) -> None:
        self.process = process
        self._name = name
        self._complaints = complaints
        self._said = bytearray()
        self._taken = 0  # how much of what was said has been waited for
        self._over = False
        self._complained = b""
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, name=f"console of {name}", daemon=True)
        self._reader.start()

    @property
    def log(self) -> str:
        """All that was said, and what QEMU complained of."""
        with self._news:
            if not self._complaints.closed:
                self._complained = os.pread(self._complaints.fileno(), 1 << 20, 0)
            return b"\n".join([bytes(self._said), self._complained]).decode(errors="replace")

    def send(self, text: str) -> None:
        """Type something."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            raise self._failed("is gone") from None

    def wait_for(self, pattern: bytes, timeout: float, awaited: str) -> tuple[bytes, re.Match[bytes]]:
        """What was said before the pattern, since the last such wait, and the match.

        Raises `GuestFailed` when QEMU ends before, or ``timeout`` seconds pass.
        """
        deadline = time.monotonic() + timeout
        with self._news:
            while (found := re.compile(pattern).search(self._said, self._taken)) is None:
                if self._over:
                    raise self._failed(f"ended; waited for {awaited}")
                if not self._news.wait(deadline - time.monotonic()):
                    raise self._failed(f"kept silent for {timeout} s; waited for {awaited}")
            before = bytes(self._said[self._taken : found.start()])
            self._taken = found.end()
            return before, found

    def end(self, how: int, timeout: float) -> int:
        """End QEMU by a signal (0: it will end by itself), by SIGKILL after ``timeout``; its exit status."""
        status = finish(self.process, how=how, patience=timeout, group=True)
        _ = self.log  # takes in the last complaints
        self._reader.join()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        for stream in (self.process.stdin, self.process.stdout, self._complaints):
            stream.close()
        return status

    def _read(self) -> None:
        assert self.process.stdout is not None
        while data := os.read(self.process.stdout.fileno(), 1 << 16):
            with self._news:
                self._said += data
                self._news.notify_all()
        with self._news:
            self._over = True
            self._news.notify_all()

    def _failed(self, what: str) -> GuestFailed:
        return GuestFailed(f"{self._name} {what}\n--- console ---\n{self.log}")


@contextlib.contextmanager
def running(*guests: Guest) -> Iterator[None]:
    """Boot guests side by side; end them all on the way out."""
    with contextlib.ExitStack() as stack:
        for guest in guests:
            stack.callback(guest.kill)
            guest.start()
        for guest in guests:
            guest.wait_ready()
        yield
