"""From a release to what describes it: datapackage, Croissant, deposits, notes."""
