"""From the bytes of a PDF to a Document with two readings of its tables."""
