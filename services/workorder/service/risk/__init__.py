"""The risk control of upsells: thresholds, sweeps, flags, review, figures."""
