"""Mutation testing: what it needs, and the survivors that make no difference."""
