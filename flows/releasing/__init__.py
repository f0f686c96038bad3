"""From parts and archive to a release, shard by shard."""
