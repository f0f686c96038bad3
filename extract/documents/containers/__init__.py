"""From the bytes of an archive file (ZIP, RAR, 7z) to a Document made of its members."""
