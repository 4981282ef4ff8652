# SPDX-License-Identifier: ISC
"""Waiting for what a program does; the limit only ends a failure."""

import time


def wait_for(what, condition, seconds, account=lambda: ""):
    """Until condition() is true; its value.  account() tells why it is not."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"waited in vain for {what} {account()}".rstrip())
