"""What employees get on paper: templates, filled with data."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
