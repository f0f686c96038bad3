"""From a Reading (grids) to FormTables: each printed cell at its place in an official form."""
