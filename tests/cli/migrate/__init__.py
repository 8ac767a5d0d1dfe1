"""Tests of ``oauthenticator-suite migrate``."""
