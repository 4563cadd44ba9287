"""From a file that people write to a set of promises that code can hold them to."""
