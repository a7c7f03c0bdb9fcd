"""`python -m bench [name …] [--orders 2000000]`: one or all of the measurements."""

import argparse
from importlib import import_module

from bench.shop import STORE_ORDERS

NAMES = ("overview", "imports", "month", "idle", "orders")

wished = argparse.ArgumentParser(prog="bench")
wished.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
wished.add_argument("--orders", type=int, default=STORE_ORDERS, help="how many `orders` begins with")
given = wished.parse_args()
for name in given.names or NAMES:
    if name not in NAMES:
        wished.error(f"{name} is none of {', '.join(NAMES)}")
    import_module(f"bench.{name}").run(**({"orders": given.orders} if name == "orders" else {}))
