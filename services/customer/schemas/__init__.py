"""Request and response bodies of the customer service."""
