"""Rules of pay: facts and people in, exact amounts with their reasons out; the standard library only."""
