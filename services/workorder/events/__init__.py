"""What the service tells the others, and what it hears from them."""
