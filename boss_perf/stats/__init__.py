"""Samples in, estimates out: without clock, disk or unseeded randomness; numpy at most.

`paired.compare` is the ratio of two arms, `quantiles.quantile_estimate` a bound on a tail, `sequential.interval` what
holds however often one looks.
"""
