"""From a release and its archive to static pages, and pages on demand."""
