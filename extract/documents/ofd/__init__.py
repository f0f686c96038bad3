"""From the bytes of an OFD file (GB/T 33190) to a Document."""
