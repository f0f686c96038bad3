"""Reports with the defects of real reports, one kind of defect a function, with the true value of every cell.

``figures.py`` throws the figures, ``sample.py`` holds the drafts that kinds work on, ``tables.py`` changes printed tables;
the kinds stand in ``cell_values.py``, ``layouts.py``, ``flattened.py``, ``markups.py``, ``pages.py`` and ``lists.py``. Labels
and layout come from the typesetter of the sample portal (``data/sample/typesetting``).
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "data" / "sample"))
