"""The command ``check``: what an operator can know about a configuration before the Hub is restarted."""
