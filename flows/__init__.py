"""The ``gongkai`` command and the Prefect flows. Nothing outside this room knows Prefect."""
