"""From the tables of a release to CSV, DuckDB, Excel and Stata."""
