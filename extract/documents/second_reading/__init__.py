"""From a PDF page to a second reading of its tables, by other programs than the first: camelot, playa, pdfplumber."""
