"""Which code, data and libraries a reading came from."""
