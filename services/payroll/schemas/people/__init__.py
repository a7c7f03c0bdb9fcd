"""People: employees with their terms, teams with their heads, targets and scores, and all of these in bulk."""
