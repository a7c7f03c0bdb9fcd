"""The one door: accounts, tokens, routing, overviews, imports and the audit trail."""
