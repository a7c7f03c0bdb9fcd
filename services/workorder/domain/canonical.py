"""One spelling of what is stored for good, so that a hash tells whether it is still the same."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def hash_of(shown: Mapping[str, Any]) -> str:
    """SHA-256 over JSON with sorted keys and no spaces."""
    canonical = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def instant_told(moment: datetime | None) -> str | None:
    """In UTC, to the microsecond."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")
