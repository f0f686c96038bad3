"""What the tables of a release are: columns, keys, rules and words, as data; names safe in SQL and text."""
