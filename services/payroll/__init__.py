"""Pay: who earns what by which clause, and the facts that it comes of."""
