"""HTTP only: addresses, roles, status codes."""
