"""Looking at documents and releases: from local files or a release to what ``extract``, ``trace``, ``review`` and ``explore`` show.

Nothing here runs the line or writes a release. The commands import these modules when they are called.
"""
