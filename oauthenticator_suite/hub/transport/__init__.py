"""HTTP requests to providers: one client with limits of time and size, TLS verification and typed errors.

Here belongs everything that knows aiohttp. What a request or a response means is decided in `protocol`.

Read first: `client.py`; which failure becomes which error is in `faults.py`.
"""
