"""From the cells of many reports to checks that hold between them: years, levels, peers."""
