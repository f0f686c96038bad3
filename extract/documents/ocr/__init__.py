"""From the picture of a page to its tables and paragraphs, by character recognition in two independent readings."""
