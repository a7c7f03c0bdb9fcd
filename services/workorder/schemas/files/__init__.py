"""Photos, signatures, documents, and the walk round a car."""
