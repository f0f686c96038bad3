"""From the bytes of other office files (DOC, RTF, ODF, XLSB) to a Document, by way of LibreOffice."""
