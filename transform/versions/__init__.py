"""From ReportReadings and Records to reports: which documents are one report, which version counts, what people read."""
