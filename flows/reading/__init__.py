"""From a manifest of documents to parts of ReportReadings, in worker processes or on a cluster."""
