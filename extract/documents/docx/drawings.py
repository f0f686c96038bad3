"""The pictures of a Word file in the order in which they stand: their bytes, whatever their format."""

from __future__ import annotations

import posixpath
import zipfile

from lxml import etree

_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_VML_IMAGE = "{urn:schemas-microsoft-com:vml}imagedata"
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
# Pictures beyond these are not looked at, nor those whose bytes cannot be a legible table.
_MOST = 40
_LEAST_BYTES = 4096
_MOST_BYTES = 64 << 20


def pictures_of(archive: zipfile.ZipFile, body: etree._Element) -> list[bytes]:
    """Return the bytes of the embedded pictures of ``word/document.xml``, each once, in reading order."""
    names = dict.fromkeys(
        element.get(_RELATIONS + ("embed" if element.tag == _BLIP else "id"))
        for element in body.iter(_BLIP, _VML_IMAGE)
    )
    if not names:
        return []
    targets = _targets(archive)
    found: list[bytes] = []
    for name in names:
        path = targets.get(name or "")
        if path is None or len(found) == _MOST:
            continue
        try:
            info = archive.getinfo(path)
            if _LEAST_BYTES <= info.file_size <= _MOST_BYTES:
                found.append(archive.read(info))
        except (KeyError, zipfile.BadZipFile, OSError, EOFError, NotImplementedError):
            # A picture that is missing or damaged is one of those that stay unread.
            continue
    return found


def _targets(archive: zipfile.ZipFile) -> dict[str, str]:
    try:
        root = etree.fromstring(
            archive.read("word/_rels/document.xml.rels"), etree.XMLParser(resolve_entities=False, no_network=True)
        )
    except (KeyError, etree.XMLSyntaxError, zipfile.BadZipFile, OSError, EOFError):
        return {}
    return {
        relation.get("Id", ""): posixpath.normpath(posixpath.join("word", relation.get("Target", ""))).lstrip("/")
        for relation in root
        if relation.get("TargetMode") != "External" and relation.get("Type", "").endswith("/image")
    }
