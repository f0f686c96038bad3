"""Observations of some reports from the files of a release, without reading the others.

The one thing to know: files are sorted by report_id and hold its least and greatest value for each group of rows, so that
the groups of a few reports are found in the footer; one group is in memory at a time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

#: Marks the rows of a table that are kept.
Keep = Callable[["pa.Table"], Any]
_GREATEST = "\U0010ffff"


class ObservationFiles:
    """Files of observations, opened; ``columns`` are read of them, ``report_id`` among them, and rows that ``keep`` marks."""

    def __init__(self, paths: Sequence[Path], columns: Sequence[str], keep: Keep | None = None):
        import pyarrow.parquet as pq

        self._columns, self._keep = list(columns), keep
        # Side by side or ahead of need a file takes several times its size in memory.
        self._files = [(file, _spans(file)) for file in (pq.ParquetFile(path, pre_buffer=False) for path in paths)]

    def of(self, report_ids: Sequence[str]) -> pa.Table:
        """Return the rows of some reports, their ids sorted."""
        import pyarrow as pa
        import pyarrow.compute as pc

        ids = pa.array(report_ids, pa.string())
        found = [self._files[0][0].schema_arrow.empty_table().select(self._columns)]
        for file, spans in self._files:
            for number, (least, greatest) in enumerate(spans):
                at = bisect_left(report_ids, least)
                if at == len(report_ids) or report_ids[at] > greatest:
                    continue
                rows = file.read_row_group(number, columns=self._columns, use_threads=False)
                rows = rows.filter(pc.is_in(rows["report_id"], ids))
                found.append(rows.filter(self._keep(rows)) if self._keep else rows)
        return pa.concat_tables(found)


def are_current_cells(rows: pa.Table) -> Any:
    """Mark the cells of tables in current versions."""
    import pyarrow.compute as pc

    return pc.and_(rows["is_current"], pc.equal(rows["source"], "table"))


def current_figures(indicators: Collection[str]) -> Keep:
    """Return what marks the current figures of tables, of some indicators."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(sorted(indicators), pa.string())
    return lambda rows: pc.and_(pc.is_in(rows["indicator"], wanted), are_current_cells(rows))


def _spans(file: pq.ParquetFile) -> list[tuple[str, str]]:
    """Return the least and the greatest report_id of each group of rows."""
    column = file.schema_arrow.get_field_index("report_id")
    statistics = (file.metadata.row_group(n).column(column).statistics for n in range(file.num_row_groups))
    return [(told.min, told.max) if told is not None and told.has_min_max else ("", _GREATEST) for told in statistics]
