"""How large a plan and a run may become, each bound with its reason; a plan within them always ends."""

MAX_TEXT = 200_000
"""Characters of a plan text: the shipped plan has about a tenth, and parsing stays below a second or two."""
MAX_STATEMENTS = 1_000
"""Statements of a plan: ten times what a large group's plan needs."""
MAX_STATEMENT_TEXT = 8_000
"""Characters of one statement: what somebody can still read as one rule."""
MAX_NESTING = 40
"""Depth of a formula, brackets and operators together: far below Python's recursion limit."""
MAX_ARGUMENTS = 60
"""Arguments of one call and bands of one table."""
MAX_NAME = 60
"""Characters of a name: fits a column of a statement."""
MAX_LITERAL_DIGITS = 24
"""Digits of a number in the text: more than the money of the world in cents."""
MAX_NUMBER_BITS = 4_096
"""Bits of a numerator or denominator while calculating (about 1,200 digits): real plans need 200 bits."""
MAX_PAY_CENTS = 10**11
"""One amount to pay, a thousand million yuan: sums of many fit the columns of money."""
MAX_FACT_DIGITS = 15
"""Digits before the point of a number in a fact."""
MAX_FACT_DECIMALS = 9
"""Digits after the point of a number in a fact: sums of a million facts stay exact in 60 digits."""
MAX_TIER_COUNT = 1_000
"""Largest count for which tiers are added up one by one."""
MAX_EVALUATION_STEPS = 400_000_000
"""Formula nodes and facts looked at in one run: a million facts under fifty aggregations use half."""
MAX_TRIAL_STEPS = 20_000_000
"""The same for a trial, and for all examples of a plan together: somebody waits for the answer."""
MAX_EXAMPLES = 500
"""Worked examples of a plan: ten times what the shipped one has."""
