"""A model becomes hypotheses. Searches see it through `start` and `step` alone."""
