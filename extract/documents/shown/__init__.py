"""What a person sees in a cell: the picture of a page against the text that its file holds."""
