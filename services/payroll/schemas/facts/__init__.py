"""Facts: what other services told, what was entered by hand, and whether both sides agree."""
