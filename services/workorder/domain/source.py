"""Which system gave a thing."""

OWN_SOURCE = "aftermile"
"""What is entered here, not taken over from another system."""
