"""Entries of `MultiAuthenticator`, in the form of jupyterhub-multiauthenticator and of this package."""

from __future__ import annotations

from .reading import Reading


def read_entries(reading: Reading) -> None:
    """Add the classes and options of the entries to `reading`, and say how entries change."""
