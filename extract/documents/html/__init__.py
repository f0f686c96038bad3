"""From the bytes of an HTML page to a Document."""
