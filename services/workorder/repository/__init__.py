"""Every query of the workorder service."""
