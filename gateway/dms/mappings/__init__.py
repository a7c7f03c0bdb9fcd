"""One JSON file for each system whose exports can be read; the README one level up explains them."""
