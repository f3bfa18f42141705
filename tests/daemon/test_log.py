import json
import subprocess
import sys

import pytest

from netd.daemon import log

SAY = """
import structlog
from netd.daemon import log
log.configure({form!r}, {level!r})
logger = structlog.get_logger()
logger.debug("too fine")
logger.warning("careful", client="n0")
try:
    1 / 0
except ZeroDivisionError:
    logger.exception("oops")
"""


def said(form, level="info"):
    code = SAY.format(form=form, level=level)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr


def test_json_is_an_object_a_line():
    first, second = map(json.loads, said("json").splitlines())
    assert (first["event"], first["client"], first["level"]) == ("careful", "n0", "warning")
    assert "ZeroDivisionError" in second["exception"]


def test_every_line_for_the_journal_has_its_priority():
    lines = said("journal").splitlines()
    assert lines[0] == "<4>careful client=n0"
    assert {line[:3] for line in lines[1:]} == {"<3>"}


def test_the_console_is_for_people():
    assert "careful" in said("console")
    assert "too fine" in said("console", "debug")
    assert "careful" not in said("console", "error")


@pytest.mark.parametrize(("stream", "form"), [("8:1234", "journal"), ("", "console")])
def test_the_journal_is_noticed(monkeypatch, stream, form):
    monkeypatch.setenv("JOURNAL_STREAM", stream)
    assert log.default_format() == form
