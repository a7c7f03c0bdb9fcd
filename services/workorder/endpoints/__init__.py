"""HTTP only: paths, roles, bodies, status codes."""
