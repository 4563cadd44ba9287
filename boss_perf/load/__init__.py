"""A service under load: locust in processes of its own, each request recorded raw, one LOAD sample made of all.

`runner.run_load` does it, `records.read_recording` merges what the processes wrote, `outcome.outcome_of` makes a sample
of that.
"""
