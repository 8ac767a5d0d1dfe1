"""Observation: what happens in logins, refreshes and logouts, for logs, events and metrics.

The code that does something states it once, as a value of a class in `facts`, and gives it to the authenticator's
`observers.Observers`. Events, metrics and the record of refusals are observers: each turns facts into its own form.
An observer cannot change what happens, and a failure of an observer changes nothing either.

Here belong the facts, the observers, and what they write. Pages and tools that show it are in other packages. This
package imports nothing of the rest of `hub`, so that every package there can state facts.

Read first: `facts`.
"""
