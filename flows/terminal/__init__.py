"""What commands show on a terminal: lines, progress, tables; files of rows; exit codes."""
