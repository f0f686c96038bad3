"""From the bytes of a file to a Document: text blocks and grids, whatever the format.

``read_document`` sniffs the kind and calls the folder of its format. Formats never read each other's folders, but for
what they share (``shared``, ``drawn``, ``ocr``) and for ``office``, which turns its files into DOCX or XLSX.
"""
