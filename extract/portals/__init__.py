"""From a Portal to ReportLinks: the registry, and how lists of annual reports are read."""
