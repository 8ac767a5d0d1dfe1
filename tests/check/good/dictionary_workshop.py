# A workshop of two days.
c = get_config()

c.JupyterHub.authenticator_class = "suite-dictionary"
c.DictionaryAuthenticator.passwords = {
    "grace": "$argon2id$v=19$m=19456,t=2,p=1$v58YDCGGZtcRkY/8fhbDvQ$nfUgmR0jIt9XxoKpVHwFR0rpuFYt1pn2xg8hVtDMTGY",
    "ada": "$argon2id$v=19$m=19456,t=2,p=1$v58YDCGGZtcRkY/8fhbDvQ$nfUgmR0jIt9XxoKpVHwFR0rpuFYt1pn2xg8hVtDMTGY",
}
c.DictionaryAuthenticator.allow_all = True
c.DictionaryAuthenticator.admin_users = {"ada"}
