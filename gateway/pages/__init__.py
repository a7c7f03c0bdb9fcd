"""Pages that people read on a phone, usable without JavaScript; what a link allows, its service says."""

from gateway.pages.routes import page_routes

__all__ = ["page_routes"]
