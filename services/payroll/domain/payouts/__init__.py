"""What goes out: slips with base pay and items, payments, accounting entries."""
