"""From pieces of evidence to a verdict: whose report, on which year, and how surely (data/reference/attribution.json)."""
