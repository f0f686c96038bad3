"""The official forms as data: tables, labels, identities, crosswalk, units of measure."""
