"""Rules of satisfaction: what a questionnaire is, which answers it takes, and what the answers are worth."""
