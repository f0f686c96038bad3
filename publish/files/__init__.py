"""Tables as Parquet files: written, found and read a row group at a time."""
