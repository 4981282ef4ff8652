# SPDX-License-Identifier: ISC
"""To be imported before dns and dkim: without requests, which dnspython takes
for DNS over HTTPS, a program that imports them starts in half of the time."""

import sys

sys.modules["requests"] = None
