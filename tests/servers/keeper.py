"""Runs one command until its own standard input closes, then ends the command and what it started.

The test process holds the other end of that pipe, so a server never outlives the tests, however
they end (a crash and a kill close the pipe too). Used by path: `python keeper.py FOLDER COMMAND…`;
FOLDER is the server's own temporary folder and is removed at the end.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress

GRACE_SECONDS = 0.5


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Ask the child's process group to stop, then insist."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _end_when_input_closes(child: subprocess.Popen[bytes]) -> None:
    # not sys.stdin: a thread that waits in it would hold the interpreter up at its end
    while os.read(0, 4096):
        pass
    _end_group(child)


def main(folder: str, command: list[str]) -> int:
    """Run the command in a group of its own; return its exit code."""
    # An interrupt at the terminal reaches the tests, which then close the pipe: one way to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        threading.Thread(target=_end_when_input_closes, args=(child,), daemon=True).start()
        code = child.wait()
        _end_group(child)
        return code
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
