"""Where a subject's calls and its time go, function by function: for explanations, never for a verdict.

Three looks that share nothing: `counts` sees every call, exactly; `times` runs the interpreter's own profiler; `stacks`
interrupts the subject now and then and looks at all threads. The worker's own frames, and what is above them, are cut
off. A comprehension or a lambda belongs to the function it is written in.
"""
