"""From all of the above to the rows of a release: a bucket of documents, coverage, publishers, statements."""
