"""Reads the export of a dealer management system and puts it into the platform's words.

Nothing here does more than read the files it is handed, and nowhere else is a column of a foreign system known.
"""
