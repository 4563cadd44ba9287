"""What other programs read of a result, one file for each format: a digest in, the text of one file out, no effect.

`catalog.renderers` knows all by name, `gate_json` has the whole, `markdown` what people read in a pull request.
"""
