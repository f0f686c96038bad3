"""From an Exchange or a file to a Record in the archive (WARC files and their index), and back to its bytes."""
