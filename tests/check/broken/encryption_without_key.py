# kind: encryption that nothing can undo
# wrong: no client_decryption_key_file
# option: GenericOAuthenticator.id_token_encrypted_response_alg
# fix: client_decryption_key_file | no key can decrypt

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
c.GenericOAuthenticator.id_token_encrypted_response_alg = ["RSA-OAEP-256"]  # <-- wrong
