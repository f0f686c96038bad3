"""From FormTables to Observations, checked against each other and against the form's own identities."""
