"""From current cells to the rows of panel, panel_2024 and indicators."""
