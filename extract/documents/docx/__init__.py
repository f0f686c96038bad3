"""From the bytes of a DOCX file to a Document."""
