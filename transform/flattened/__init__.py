"""From text that lost its tables to FormTables."""
