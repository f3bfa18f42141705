"""Guests for tests: built once, started on demand, ended with the test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol

import pytest

from tests.guests.image import Image, image
from tests.support.guest import Guest


class Launch(Protocol):
    """Boots a `Guest` with these arguments; it ends with the test."""

    def __call__(self, *arguments: str, **options: object) -> Guest: ...


@pytest.fixture(scope="session")
def guest_image() -> Image:
    """The image that all guests boot; building it may need the network, once."""
    return image()


@pytest.fixture
def launch(guest_image: Image) -> Iterator[Launch]:
    """Boot guests that end with the test."""
    with contextlib.ExitStack() as stack:

        def boot(*arguments: str, **options: object) -> Guest:
            return stack.enter_context(Guest(*arguments, boot_image=guest_image, **options))  # type: ignore[arg-type]

        yield boot
