"""From tables to Problems: schemas, references, identities, checksums; sorted pieces are merged here, checked."""
