"""Cells of files that people open in a spreadsheet."""


def plain_cell(text: str) -> str:
    """What a spreadsheet would take for a formula is marked as text (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
