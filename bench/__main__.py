"""`python -m bench [name …]`: one or all of the measurements."""

import sys
from importlib import import_module

NAMES = ("overview", "imports", "month", "idle")

for name in sys.argv[1:] or NAMES:
    if name not in NAMES:
        sys.exit(f"{name} is none of {', '.join(NAMES)}")
    import_module(f"bench.{name}").run()
