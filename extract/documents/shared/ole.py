"""Streams of an OLE compound file ([MS-CFB]), as olefile finds them: what old Word, Excel and WPS files are kept in.

Only what is needed to see how a file is made before a library or program is given it: whether it is encrypted, which rows
of a sheet are hidden.
"""

from __future__ import annotations

import io

import olefile

from extract.errors import UnreadableDocument


def read_streams(data: bytes, *names: str) -> dict[str, bytes]:
    """Return those of the named streams that the file holds, whatever storage they stand in.

    Raises:
        UnreadableDocument: the file is cut or damaged so that its directory or a stream cannot be followed.
    """
    found: dict[str, bytes] = {}
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            for path in file.listdir():
                name = path[-1]
                if name not in names or name in found:
                    continue
                found[name] = file.openstream(path).read()
                # olefile gives what it can of a chain that ends early.
                if len(found[name]) < file.get_size(path):
                    raise ValueError(f"the stream {name} is cut")
    except Exception as error:  # a damaged directory leads olefile into errors of every kind
        raise UnreadableDocument(f"the OLE file is cut or damaged: {error}") from error
    return found
