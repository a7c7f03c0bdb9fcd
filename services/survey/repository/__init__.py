"""Every query of the survey service."""
