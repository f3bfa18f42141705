"""Commands about descriptors passed over the control socket (``SCM_RIGHTS``)."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from netd.monitor.command import Call, NoArguments, command
from netd.schema.base import Arguments
from netd.schema.scalars import Int64


class FdName(Arguments, frozen=True):
    """A descriptor's name in this session."""

    fdname: Annotated[str, Meta(description="its name; not starting with a digit")]


@command("getfd", FdName)
async def getfd(call: Call, args: FdName) -> None:
    """Give the descriptor that was passed a name; one of the same name is closed."""
    call.session.descriptors.name(args.fdname)


@command("closefd", FdName)
async def closefd(call: Call, args: FdName) -> None:
    """Close a named descriptor."""
    call.session.descriptors.close_named(args.fdname)


class AddFd(Arguments, frozen=True):
    """Where to put the descriptor that was passed."""

    fdset_id: Annotated[Int64 | None, Meta(description="the set; a new one by default")] = field(
        name="fdset-id", default=None
    )
    opaque: Annotated[str | None, Meta(description="a note of the client's own")] = None


class AddfdInfo(Arguments, frozen=True):
    """Where a descriptor was put."""

    fdset_id: Annotated[Int64, Meta(description="the set")] = field(name="fdset-id")
    fd: Annotated[Int64, Meta(description="the descriptor's number in netd")]


@command("add-fd", AddFd, returns=AddfdInfo)
async def add_fd(call: Call, args: AddFd) -> AddfdInfo:
    """Put the descriptor that was passed into a set."""
    number, fd = call.session.descriptors.add_to_set(args.fdset_id, args.opaque)
    return AddfdInfo(fdset_id=number, fd=fd)


class RemoveFd(Arguments, frozen=True):
    """A set, or one descriptor in it."""

    fdset_id: Annotated[Int64, Meta(description="the set")] = field(name="fdset-id")
    fd: Annotated[Int64 | None, Meta(description="one descriptor of it; all by default")] = None


@command("remove-fd", RemoveFd)
async def remove_fd(call: Call, args: RemoveFd) -> None:
    """Close a set's descriptor, or all of them."""
    call.session.descriptors.remove_from_set(args.fdset_id, args.fd)


class FdsetFdInfo(Arguments, frozen=True):
    """A descriptor in a set."""

    fd: Annotated[Int64, Meta(description="its number in netd")]
    opaque: Annotated[str | UnsetType, Meta(description="the note it was given")] = UNSET


class FdsetInfo(Arguments, frozen=True):
    """A set of descriptors."""

    fdset_id: Annotated[Int64, Meta(description="its number")] = field(name="fdset-id")
    fds: Annotated[list[FdsetFdInfo], Meta(description="what is in it")]


@command("query-fdsets", returns=list[FdsetInfo])
async def query_fdsets(call: Call, args: NoArguments) -> list[FdsetInfo]:
    """This session's sets, the highest number first."""
    return [
        FdsetInfo(
            fdset_id=number,
            fds=[
                FdsetFdInfo(fd=member.fd, opaque=UNSET if member.opaque is None else member.opaque)
                for member in members
            ],
        )
        for number, members in sorted(call.session.descriptors.sets.items(), reverse=True)
    ]


COMMANDS = (getfd, closefd, add_fd, remove_fd, query_fdsets)
