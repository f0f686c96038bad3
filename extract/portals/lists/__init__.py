"""From a list page to announcements, next pages and the family of its software."""
