"""Becomes another program that ends when its parent does: python -m ops.child COMMAND …

The runner may be killed without a chance to clean up. Linux then tells its children, and theirs,
to stop, so that nothing is left behind holding ports and sockets.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent is gone; other systems have no such thing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    parent = os.getppid()
    die_with_parent()
    if os.getppid() != parent:  # it went between the two lines above
        sys.exit("The parent process is gone.")
    os.execvp(sys.argv[1], sys.argv[1:])
