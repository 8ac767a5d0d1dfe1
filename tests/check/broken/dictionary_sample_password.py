# kind: an example of the documentation is used as it is
# wrong: the hash of a password that every reader knows
# option: DictionaryAuthenticator.passwords
# fix: hash-password | sample | grace

c = get_config()

c.JupyterHub.authenticator_class = "suite-dictionary"
c.DictionaryAuthenticator.allow_all = True
c.DictionaryAuthenticator.passwords = {  # <-- wrong
    "grace": "$argon2id$v=19$m=19456,t=2,p=1$dsPzxkNohmfNbj21jPbFFQ$hrulmQI2/1Mih1UlSIl0+L6HJGmiKGztL1WehbDuNfI",
}
