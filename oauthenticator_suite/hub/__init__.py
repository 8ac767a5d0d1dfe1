"""The floor that knows JupyterHub, tornado and traitlets: options, handlers, cookies, HTTP."""
