"""Stand-ins for the systems outside our house, for the demo and the tests.

Each is a small process of its own with the real HTTP shape and the real kinds of failure,
started by `python -m portal.fakes.<name>`. They import no Django, know only fictional people
and numbers, and listen on this machine only. Their page at `/` switches the failures.
"""
