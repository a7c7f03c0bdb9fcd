"""What measures speed and scale, against something else in the same run."""
