"""Signing in with a form of the Hub's: nobody else is asked who somebody is."""
