"""What is not paid: other plans over past months, and targets proposed from them."""
