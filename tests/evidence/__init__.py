"""The published evidence: tables of the results, made from the tests.

``make conformance`` and ``make faults`` run the tests that have the markers ``conformance`` and ``fault``, print the
result, and write the tables of ``docs/reference/conformance.md`` and ``docs/reference/faults.md``. A line of a table
names its tests, so it cannot claim what no test shows.

- `modules`: the conformance modules, and those not supported by policy.
- `rules`: the lists of ``docs/reference/tested-rules.md``.
- `marks`: which modules and faults a collected test is about.
- `plugin`: the pytest plug-in that records results; it is loaded by the commands alone.
- `tables`: the pages.
- `published`: the parts of pages that are written here and by ``make fuzz``, ``make fuzz-coverage``, ``make mutants``.
- ``python -m tests.evidence conformance`` runs one of the commands.

Nothing here starts a Hub. The tests do, in ``tests/contract``.
"""
