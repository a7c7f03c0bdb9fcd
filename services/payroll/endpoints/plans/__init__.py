"""Plans: their life and files, their examples, dated values of their parameters."""
