"""A Markdown tracker becomes `targets.yaml`: bytes, repaired to text, taken apart into blocks, tables known by their
columns, rows by their cells, promises made checkable where their words allow it; what has no place stays as a comment.

`import_tracker` does it, `checkable` reads the words of a promise, `plain_number` the digits of six countries.
"""
