"""Rules of the customer service: who is the same person, what a VIN is, how complaints live. Standard library only."""
