"""Accounts, clients, stores, and the tokens they come in with."""
