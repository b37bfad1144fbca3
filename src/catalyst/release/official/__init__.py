"""The two returns as an authority hands them in: the DfE's own layout, and the rules that it publishes."""
