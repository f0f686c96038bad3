"""From observations to a release: schemas, files, checks of what is released."""
