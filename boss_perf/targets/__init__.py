"""From a file that people write to a set of promises that code can hold them to, or all that is wrong with it at once.

Text becomes nodes that know their places, tables of keys read them, rows become targets: `loader.parse_targets`.
`expectations.parse_expectation` reads a promise, `resolution.check_workloads` says whether a suite can prove it.
"""
