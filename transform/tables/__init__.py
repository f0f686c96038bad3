"""From all of the above to the rows of a release: a shard of documents, coverage, publishers, statements."""
