# kind: a name that no user can have
# wrong: usernames have no slash
# option: DictionaryAuthenticator.allowed_users
# fix: 'team/eve' | Correct the names

c = get_config()

c.JupyterHub.authenticator_class = "suite-dictionary"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.DictionaryAuthenticator.passwords = {"ada": "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$MX8mqKVQKMRq4vyxRlLzNQ"}
c.DictionaryAuthenticator.allowed_users = {"ada", "team/eve"}  # <-- wrong
