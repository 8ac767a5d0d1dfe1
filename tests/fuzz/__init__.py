"""Fuzz targets: hostile input for everything that a browser, a provider or an operator can send or set.

Each ``test_*.py`` is one target. It counts its inputs with a `Target` from `verdicts`, and a failure is one of three
kinds: a wrong accept, an unhandled error, or a secret that shows. The generators of inputs have one home, `strategies`;
tests elsewhere import them from there.

In the test run each property tries some examples, always the same ones; with ``--long`` it tries many.
``--examples N`` tries N new ones, and ``make fuzz`` repeats that with growing numbers for the given time.
Targets with a Hub start it once and send all inputs to it.

``coverage_guided/`` has the parsers for Atheris, and ``corpus/`` the inputs that it starts from. A test replays them.
"""
