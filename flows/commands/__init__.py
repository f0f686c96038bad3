"""One command, one module: ``gongkai NAME`` is ``flows/commands/NAME.py``."""
