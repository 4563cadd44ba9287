"""A suite that outgrew one machine: shares of it for any CI system, each measured on one machine, judged as one gate.

`shards` says which benchmarks are whose, the longest first; `shard_file` keeps what a share came to, and puts shares
together again. A pair is never torn apart: both sides of a benchmark are measured on one machine.
"""
