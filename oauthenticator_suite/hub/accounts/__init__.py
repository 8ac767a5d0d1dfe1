"""The Hub's accounts: creating them at a login, updating their rights, and the data stored with them.

Here belongs code that reads or writes the Hub's user tables, the encrypted `auth_state` of a user, and the record that
the suite keeps of each login in `auth_state`. Code that decides who may sign in does not belong here.

Read first: `record.py` for what is stored, then `account_login.py` for the end of every login.
"""
