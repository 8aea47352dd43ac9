"""Real servers for the tests: installed into a cache, started on a free port, ended by process id.

`install.py` gets the software, one module per server starts it, `fixtures.py` offers each as a
session-scoped pytest fixture, `capture.py` runs `callwright initialize` against them.
"""
