"""From parts and archive to a release, bucket by bucket."""
