"""The documentation is run: its Python in one process, its commands by their parsers, its tests by pytest."""
