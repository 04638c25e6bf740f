"""Commands that measure the estimator: on labelled records, beside its peers, and against the clock.

`make bench-accuracy`, `make bench-speed`, `make benchmarks` and `make figures` run them. Nothing here
ships, and nothing in the service imports it.
"""
