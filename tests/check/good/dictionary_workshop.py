# A workshop of two days.
c = get_config()

c.JupyterHub.authenticator_class = "suite-dictionary"
c.DictionaryAuthenticator.passwords = {
    "grace": "$argon2id$v=19$m=19456,t=2,p=1$yluk6yKiS0zqTT9z+7hmkg$bDm18BVhc3fPEEE2qaHbuGYy1wViGCe61pwPuQXvRcE",
    "ada": "$argon2id$v=19$m=19456,t=2,p=1$rNMnGA28AmKF4JMqtKJTRA$tvnzY/GQFM/hV0bKeudRGg9Y0QFWpNbsmP9E0E3/EdA",
}
c.DictionaryAuthenticator.allow_all = True
c.DictionaryAuthenticator.admin_users = {"ada"}
