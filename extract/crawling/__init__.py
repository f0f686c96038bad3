"""From Portals to Records: lists, reports and attachments fetched into the archive, one job a host."""
