"""Use cases: load, ask the domain, save, publish; one transaction each, committed at the edge."""
