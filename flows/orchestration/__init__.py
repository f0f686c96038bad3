"""The run and its Prefect flows: the only folder that knows Prefect."""
