"""From the bytes of a sheet (XLSX, XLS, Excel XML, CSV) to a Document."""
