"""From portals to documents: fetching, archiving and reading files into text blocks and grids."""
