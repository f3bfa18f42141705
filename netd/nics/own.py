"""netd's own properties of a NIC: how its guest holds it, and what its interface shall be.

They stand among the model's in ``device_add``; :data:`~netd.nics.models.OWN` has their
descriptions. Texts are made and refused in QEMU's manner.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from netd.errors import NetdError
from netd.nics.models import OWN, Model
from netd.nics.properties import Value, integer, text_of, texts_of, unfit
from netd.nics.tap import TAP_MTU
from netd.plan.planner import VETH_MTU
from netd.schema.refusals import missing, not_among, wrong_type

Interface: TypeAlias = ipaddress.IPv4Interface | ipaddress.IPv6Interface

_natural = integer("uint32")

MOST_QUEUES = 253  # SCM_MAX_FD, net/core/scm.c: all descriptors go in one message
MOST_ADDRESSES = 64  # of one interface; each is a step of its own in the kernel
LEAST_MTU = 68  # RFC 791
MOST_MTU = {"tap": TAP_MTU, "netns": VETH_MTU}

_CIDR = re.compile(r"[0-9a-fA-F.:]+/[0-9]{1,3}")
_IFNAME = re.compile(
    r"(?!\.{1,2}$)[!-$&-.0-9;-~]{1,15}"
)  # ASCII of dev_valid_name(), net/core/dev.c, less "%"


@dataclass(frozen=True, slots=True)
class OwnProperties:
    """netd's own properties of one NIC.

    ``attach`` is ``tap`` or ``netns``. ``ip`` holds addresses in CIDR form, ``mtu`` is in bytes.
    ``None`` stands for what was not given.
    """

    attach: str = "tap"
    queues: int = 1
    netns: str | None = None
    ifname: str | None = None
    ip: tuple[str, ...] = ()
    gateway: str | None = None
    mtu: int | None = None


def read_own(
    model: Model, given: Mapping[str, Any], properties: Mapping[str, Value], *, typed: bool
) -> OwnProperties:
    """Read netd's own properties; ``properties`` are what :func:`read` returned of the others.

    Raises :class:`NetdError` for a value that cannot be, and for properties that do not go together.
    """
    texts = _own_texts(given, typed=typed)
    attach = texts.get("attach", model.attaches[0])
    if attach not in model.attaches:
        raise not_among("attach", attach)
    interfaces = _interfaces(model, _list("ip", given.get("ip"), typed=typed))
    _check_netns(model, attach, {**texts, "ip": ""} if interfaces else texts)
    mq = model.queues_property is not None and properties.get(model.queues_property) is True
    return OwnProperties(
        attach=attach,
        queues=_queues(model, attach, texts.get("queues"), mq=mq),
        netns=texts.get("netns"),
        ifname=texts.get("ifname"),
        ip=tuple(map(str, interfaces)),
        gateway=_gateway(model, texts.get("gateway"), interfaces),
        mtu=_bounded(model, "mtu", texts.get("mtu"), LEAST_MTU, MOST_MTU[attach]),
    )


def _own_texts(given: Mapping[str, Any], *, typed: bool) -> dict[str, str]:
    own = {name: value for name, value in given.items() if name in OWN and name != "ip" and value is not None}
    texts = dict(texts_of(own, typed=typed))
    for name in own.keys() - texts.keys():
        raise wrong_type(name, "string")
    return texts


def _list(name: str, value: Any, *, typed: bool) -> Iterator[str]:
    """The texts of a property that can be repeated."""
    for each in value if isinstance(value, list) else () if value is None else (value,):
        text = text_of(name, each) if typed else each
        if not isinstance(text, str):
            raise wrong_type(name, "string")
        yield text


def _check_netns(model: Model, attach: str, texts: Mapping[str, str]) -> None:
    """What describes a namespace guest goes with one, and its namespace must be named."""
    for name in ("netns", "ifname", "ip", "gateway"):
        if name in texts and attach != "netns":
            raise NetdError(f"Property '{model.path(name)}' needs attach=netns")
    if attach == "netns" and "netns" not in texts:
        raise missing("netns")
    if attach == "netns" and (not texts["netns"] or "\0" in texts["netns"]):
        raise unfit(model, "netns", texts["netns"])
    if not _IFNAME.fullmatch(texts.get("ifname", "eth0")):
        raise unfit(model, "ifname", texts["ifname"])


def _queues(model: Model, attach: str, text: str | None, *, mq: bool) -> int:
    queues = _bounded(model, "queues", text, 1, MOST_QUEUES) or 1
    if queues > 1 and attach == "netns":
        raise unfit(model, "queues", str(queues), "attach=netns has one queue")
    if queues > 1 and model.queues_property is None:
        raise unfit(model, "queues", str(queues), f"{model.name} has one queue")
    if queues > 1 and not mq:
        raise unfit(model, "queues", str(queues), f"it needs {model.queues_property}=on")
    return queues


def _bounded(model: Model, name: str, text: str | None, low: int, high: int) -> int | None:
    if text is None:
        return None
    value = _natural(name, text)
    if not low <= value <= high:
        limits = f"minimum: {low}, maximum: {high}"
        raise NetdError(f"Property {model.path(name)} doesn't take value {value} ({limits})")
    return value


def _interfaces(model: Model, texts: Iterable[str]) -> list[Interface]:
    """Addresses that a guest can have, each once."""
    interfaces: list[Interface] = []
    for text in texts:
        if len(interfaces) == MOST_ADDRESSES:
            raise NetdError(f"Property '{model.path('ip')}' takes {MOST_ADDRESSES} addresses at most")
        try:
            interface = ipaddress.ip_interface(text if _CIDR.fullmatch(text) else "")
        except ValueError:
            raise unfit(model, "ip", text) from None
        if interface.ip.is_unspecified or interface.ip.is_multicast:
            raise unfit(model, "ip", text, "it is no host's address")
        if any(interface.ip == other.ip for other in interfaces):
            raise unfit(model, "ip", text, "it is there already")
        interfaces.append(interface)
    return interfaces


def _gateway(model: Model, text: str | None, interfaces: Iterable[Interface]) -> str | None:
    """The gateway's address: another one in a network of ``ip``, or link-local beside any IPv6 one."""
    if text is None:
        return None
    try:
        gateway = ipaddress.ip_address(text)
    except ValueError:
        raise unfit(model, "gateway", text) from None
    beside = [other for other in interfaces if other.version == gateway.version]
    near = gateway.version == 6 and gateway.is_link_local and bool(beside)
    if not near and not any(gateway in other.network for other in beside):
        raise unfit(model, "gateway", text, "it is in no network of ip=")
    if any(gateway == other.ip or _names_no_host(gateway, other) for other in beside):
        raise unfit(model, "gateway", text, "it is no other host's address")
    return str(gateway)


def _names_no_host(address: ipaddress.IPv4Address | ipaddress.IPv6Address, beside: Interface) -> bool:
    """Whether it stands for the IPv4 network as such, or for all its hosts."""
    network = beside.network
    no_hosts = (network.network_address, network.broadcast_address)
    return address.version == 4 and network.prefixlen < 31 and address in no_hosts
