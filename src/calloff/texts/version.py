"""The one version, read from the installed package."""

from importlib.metadata import version as installed


def version() -> str:
    """Version of the installed package."""
    return installed("calloff")
