"""The customer service: who owns which car, and what they complained of."""
