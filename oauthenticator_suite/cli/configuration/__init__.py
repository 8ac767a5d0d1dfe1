"""Reads the configuration of a Hub as the Hub reads it, and remembers where each option was set.

Here belongs what every command needs that asks about the real configuration: the files and folders, the values of a
Helm chart, the environment, and the words on the Hub's command line. Reading a Python file executes it, as the Hub
does. Nothing else happens: no database is opened, no file is written and no server is started.

`cli.migrate` has separate readers, because it must never execute the configuration of another package.

Read first: `sources`, which reads everything. `tracing` records the places, `helm` reads values, and `creation` creates
the authenticator.
"""
