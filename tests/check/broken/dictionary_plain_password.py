# kind: a password in plain text where a hash is meant
# wrong: the password itself
# option: DictionaryAuthenticator.passwords
# fix: hash-password

c = get_config()

c.JupyterHub.authenticator_class = "suite-dictionary"
c.DictionaryAuthenticator.allow_all = True
c.DictionaryAuthenticator.passwords = {"grace": "correct horse battery staple"}  # <-- wrong
