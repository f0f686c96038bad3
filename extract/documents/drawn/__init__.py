"""From a page as it is drawn (characters and lines at coordinates) to its tables and paragraphs: PDF, OFD and scans."""
