"""From a line back to its facts: its trace, and each step told in words, Chinese or English."""
