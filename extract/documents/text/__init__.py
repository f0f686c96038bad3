"""From the bytes of a plain text to a Document."""
