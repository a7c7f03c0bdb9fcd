"""Every query of the customer service."""
