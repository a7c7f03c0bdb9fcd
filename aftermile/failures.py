"""What can go wrong in the ordinary way: told in a sentence that says what to do, without a traceback."""


class Failure(Exception):  # noqa: N818 - subclasses say what is wrong
    """Ends a command with its text and status 1."""
