"""The HTTP face of the customer service."""
