"""From documents to observations: recognising the official forms, proving the numbers, building the dataset."""
