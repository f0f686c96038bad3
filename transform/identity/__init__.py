"""From a Document to ReportIdentities: whose report, on which year, of which kind; where one report ends."""
