# Runs black and isort for hive in one interpreter that stays alive.
#
# Standard input and output carry frames: two big-endian 32-bit lengths, a JSON
# header of the first length, bytes of the second. What the tools print goes to
# standard error. Both tools' own command lines build the options, and their own
# functions read and write a private file, so that configuration, encodings and
# line ends are the tool's business in every version; this script only decides
# which file that is, and what the tool would have left out.
import io
import json
import os
import re
import shutil
import struct
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

CHANNEL_IN = sys.stdin.buffer
CHANNEL_OUT = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
sys.stdout = sys.stderr


class Refusal(Exception):
    """An answer other than bytes."""

    def __init__(self, kind, message):
        Exception.__init__(self, message)
        self.kind = kind


def stamp(path):
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def is_inside(path, directory):
    return path == directory or str(path).startswith(str(directory).rstrip("/") + "/")


def directories(start, boundary):
    """From `start` upwards to `boundary`, or only `start` if that is elsewhere."""
    start = Path(start)
    chain = [start, *start.parents]
    if Path(boundary) not in chain:
        return [start]
    return chain[: chain.index(Path(boundary)) + 1]


def configuration(request, names):
    """What changes when the configuration may have changed. Of a repository's own
    directory only the existence counts; it ends the search."""
    project = request["project"]
    state = []
    for directory in directories(project, request["boundary"]):
        state += [stamp(directory / name) for name in names]
        state += [os.path.exists(str(directory / name)) for name in (".git", ".hg")]
    for argument in request["args"]:
        state.append(stamp(Path(project, argument.partition("=")[2] or argument)))
    return tuple(state)


def words(error):
    """What a tool says of an error, in its own words."""
    if hasattr(error, "format_message"):
        return error.format_message()
    return str(error) or type(error).__name__


class Captured:
    """What a tool prints while it reads its options, for its words on errors."""

    def __enter__(self):
        self.kept = (sys.stdout, sys.stderr)
        self.text = io.StringIO()
        sys.stdout = sys.stderr = self.text
        return self

    def __exit__(self, *_):
        sys.stdout, sys.stderr = self.kept

    def said(self, error):
        printed = re.sub(r"\x1b\[[0-9;]*m", "", self.text.getvalue()).strip()
        if printed and isinstance(error, SystemExit):
            return printed
        return "\n".join(part for part in (printed, words(error)) if part)
