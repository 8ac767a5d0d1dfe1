"""Configurations of Hubs that use `oauthenticator`, moved to this package by ``oauthenticator-suite migrate`` alone.

``configurations`` has the configurations, as their operators keep them. ``cases`` says who signs in on each and what is
known to differ. ``worlds`` are the providers, ``moving`` runs both Hubs. Start with ``test_same_users.py``.
"""
