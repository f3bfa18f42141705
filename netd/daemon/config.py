"""The configuration file, ``/etc/netd/netd.toml`` unless ``--config`` says otherwise.

::

    name = "labhost"              # what query-name answers
    group = "netd"                # who may operate it, besides root
    mac-prefix = "52:54:00:12:34:56"   # where default MAC addresses start
"""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from netd.errors import NetdError
from netd.topology.macs import QEMU_START, parse_start

DEFAULT_PATH = Path("/etc/netd/netd.toml")


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What can be configured, with the defaults."""

    name: Annotated[str | None, Meta(description="what query-name answers")] = None
    group: Annotated[str, Meta(description="the group whose members may operate netd")] = "netd"
    mac_prefix: Annotated[str, Meta(description="first default MAC address, one to six octets")] = QEMU_START

    @property
    def mac_start(self) -> str:
        """The first default MAC address, whole."""
        return parse_start(self.mac_prefix)


def load(path: Path | None) -> Config:
    """Read a configuration; the default file may be missing, a named one may not.

    Raises :class:`NetdError` naming the file and what is wrong with it.
    """
    asked = path if path is not None else DEFAULT_PATH
    try:
        config = msgspec.convert(tomllib.loads(asked.read_text()), Config)
        parse_start(config.mac_prefix)
    except FileNotFoundError:
        if path is None:
            return Config()
        raise NetdError(f"configuration {asked}: there is no such file") from None
    except OSError as error:
        raise NetdError(f"configuration {asked}: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, NetdError) as error:
        raise NetdError(f"configuration {asked}: {error}") from error
    return config
