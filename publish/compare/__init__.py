"""From two releases to what changed, what was lost, and whether ``latest`` may move."""
