"""Use cases of the workorder service: load, ask the domain, save, say what happened."""
