"""Generators of hostile input, one module for each kind. They import nothing of the Hub.

`urls` are those of ``next``, of endpoints and of pages of a list; `id_tokens` are valid tokens and what can be done to
them; `documents` are JWK sets, metadata and claims; `requests` are queries and cookies; `usernames` are names that look
alike; `configurations` are the options on access with a model of what they mean.
"""
