"""Why a benchmark became slower or faster: the function that is responsible, with its calls, time and lines.

Both arms wait in the same test (`profile_pass`). There every call is counted, the interpreter's profiler and
plain batches run in turn, and stacks are sampled; what comes of it are `call_graph`s. `source_changes` says which
functions the change edited, `blame` splits the difference of time over functions, and `explanation` puts the most
responsible first. An explanation helps a reader; it decides nothing.
"""
