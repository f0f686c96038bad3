"""Where a run keeps its state: home, ledger, settings, alarms, and the store a home is kept in."""
