"""The suite's own tables in the Hub's database: everything that must survive a restart, except tokens and
claims.

Here belong the tables ``suite_*``, their schema version, and one small class for each table that reads and writes it.
Tokens and claims belong in `auth_state` (`hub.accounts`). What a record means for a session is decided in
`hub.refresh` and `hub.logout`.

All writes take part in the caller's transaction: a class here never commits. The Hub is the only process that writes
these tables, so rows that were read may be kept in memory.

Read first: `tables.py` for what is stored, then `store.py`, which is the only thing that other packages create.
"""
