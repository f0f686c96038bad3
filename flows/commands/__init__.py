"""One command, one module: ``gongkai NAME`` is ``flows/commands/NAME.py`` (``import_.py`` for ``import``, a word of Python's).

Each holds the options of its command, its help, and the function it calls; ``flows/cli.py`` collects them. What several
commands take stands in ``options.py``. ``gongkai --help`` imports all of them, so anything but the standard library,
``extract.errors`` and ``flows.terminal.output`` is imported inside the function that needs it.
"""
