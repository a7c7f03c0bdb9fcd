"""After-sales platform: the command line and the embedded stack."""
