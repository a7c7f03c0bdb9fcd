"""Ties a process to its parent: when the parent dies, even by kill -9, the kernel signals the child."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def tether(parent: int, number: signal.Signals) -> Callable[[], None]:
    """What the child runs before it does anything else. The kernel watches the thread that started the child."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return tie
