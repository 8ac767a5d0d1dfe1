# A provider with the FAPI 2.0 Security Profile, and a key of this client.
# file: /srv/secrets/client_key.json 0600 = {"crv": "P-256", "x": "R-YSWVdH0sj-EkLwCJN8klDjkecxrS2Vg4athODYZS4", "y": "-24L4O5HQryKI4yfN8MvtS4TBehwHrKXYcbGiXrjNPM", "d": "CHXWybyolG7eb_mVaFrUj8ARqG0yvd3gTAmkODCFCKg", "kty": "EC"}
c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.lab.example.org/"
c.GenericOAuthenticator.issuer = "https://auth.example.org/realms/lab"
c.GenericOAuthenticator.client_id = "hub"
c.GenericOAuthenticator.client_key_file = "/srv/secrets/client_key.json"
c.GenericOAuthenticator.security_profile = "fapi2"
c.GenericOAuthenticator.allowed_users = {"mcurie", "lmeitner"}
