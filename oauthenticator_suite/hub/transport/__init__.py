"""HTTP requests to providers: one client with limits for time and size, TLS verification and typed errors.

What belongs here: all code that uses aiohttp. What does not: the meaning of requests and responses, which is in
`protocol`.

`addresses.py` checks where requests lead that a provider's document has named.

Read first: `client.py`. `faults.py` maps each failure to an error. `recording.py` is for tools, and unused by a Hub.
"""
