"""Use cases of the survey service: load, ask the domain, save, publish; one transaction each."""
