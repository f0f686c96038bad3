"""What commands print: lines, progress, tables."""
