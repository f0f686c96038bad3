"""From a Document and Hints to ReportReadings, and ReportReadings to Parquet and back."""
