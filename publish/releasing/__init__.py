"""From tables to a release in place, or nothing; from a release to a folder or store where it is published."""
