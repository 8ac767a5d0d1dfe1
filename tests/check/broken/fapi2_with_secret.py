# kind: a security profile and a client secret
# wrong: the profile allows a key or a certificate only
# option: GenericOAuthenticator.client_secret_file
# fix: Remove it | client_key_file
# file: /srv/secrets/client_key.json 0600 = {"crv": "P-256", "x": "R-YSWVdH0sj-EkLwCJN8klDjkecxrS2Vg4athODYZS4", "y": "-24L4O5HQryKI4yfN8MvtS4TBehwHrKXYcbGiXrjNPM", "d": "CHXWybyolG7eb_mVaFrUj8ARqG0yvd3gTAmkODCFCKg", "kty": "EC"}

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"  # <-- wrong
c.GenericOAuthenticator.client_key_file = "/srv/secrets/client_key.json"
c.GenericOAuthenticator.security_profile = "fapi2"
c.GenericOAuthenticator.allowed_users = {"ada"}
