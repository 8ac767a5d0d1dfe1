"""One file for each provider: its endpoints, its claims, its few options."""
