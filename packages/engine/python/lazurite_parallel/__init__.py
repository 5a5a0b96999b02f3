"""Parallel jobs: an input is cut into mini-batches, and worker processes hand them to the user's run()."""
