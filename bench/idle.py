"""What a stack costs that has nothing to do: processor share of one core, and memory of all its processes."""

import time
from typing import Any

from bench.measure import keep, processor_seconds, proportional_mib
from bench.stacks import a_measured_stack, with_the_month


def run(seconds: float = 60.0) -> dict[str, Any]:
    with a_measured_stack() as stack:
        with_the_month(stack)
        time.sleep(10)
        before, begun = processor_seconds(stack.processes()), time.monotonic()
        time.sleep(seconds)
        after = processor_seconds(list(before))
        used, processes = sum(after.values()) - sum(before[each] for each in after), list(after)
        by_name: dict[str, float] = {}
        for process in processes:
            name = " ".join(process.cmdline()[-2:])[-40:]
            by_name[name] = round(by_name.get(name, 0) + process.memory_full_info().pss / 2**20, 1)
        result = {
            "share_of_a_core": round(used / (time.monotonic() - begun), 4),
            "memory_mib": round(proportional_mib(processes), 1),
            "memory_mib_by_process": dict(sorted(by_name.items(), key=lambda item: -item[1])[:12]),
        }
    keep("idle", result)
    return result
