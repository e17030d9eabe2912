"""The whole of Needle in one import, and the needle command."""

__version__ = "0.1.0"
