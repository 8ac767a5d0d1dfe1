# kind: two entries for one user
# wrong: Grace and grace are one username
# option: DictionaryAuthenticator.passwords
# fix: grace

c = get_config()

c.JupyterHub.authenticator_class = "suite-dictionary"
c.DictionaryAuthenticator.allow_all = True
c.DictionaryAuthenticator.passwords = {  # <-- wrong
    "grace": "$argon2id$v=19$m=19456,t=2,p=1$v58YDCGGZtcRkY/8fhbDvQ$nfUgmR0jIt9XxoKpVHwFR0rpuFYt1pn2xg8hVtDMTGY",
    "Grace": "$argon2id$v=19$m=19456,t=2,p=1$v58YDCGGZtcRkY/8fhbDvQ$nfUgmR0jIt9XxoKpVHwFR0rpuFYt1pn2xg8hVtDMTGY",
}
