# kind: a group with members who are not there
# wrong: lovelace is in no entry of the dictionary
# option: DictionaryAuthenticator.groups
# fix: lovelace

c = get_config()

c.JupyterHub.authenticator_class = "suite-dictionary"
c.DictionaryAuthenticator.allow_all = True
c.DictionaryAuthenticator.manage_groups = True
c.DictionaryAuthenticator.passwords = {
    "grace": "$argon2id$v=19$m=19456,t=2,p=1$v58YDCGGZtcRkY/8fhbDvQ$nfUgmR0jIt9XxoKpVHwFR0rpuFYt1pn2xg8hVtDMTGY",
}
c.DictionaryAuthenticator.groups = {"teachers": ["lovelace"]}  # <-- wrong
