"""Configurations on which `oauthenticator-suite check` is tested: `broken/` with one mistake each, `good/` with none.

A file of `broken/` states at its top what is expected of the command:

    # kind:   the kind of the mistake
    # wrong:  the mistake, in words
    # option: the option, section, variable or file that the finding must name
    # fix:    a word that the finding must contain
    # env:    NAME=value, a variable of the environment (an empty value: not set)
    # file:   PATH [MODE] = contents, a file that the configuration reads

The comment `# <-- wrong` marks the line that the finding must name. A folder is a folder of configuration files.
The folder /srv/secrets stands for a temporary folder, in which client_secret is a usable secret.
"""
