"""`python -m aftermile`."""

from aftermile.cli import main

if __name__ == "__main__":
    main()
