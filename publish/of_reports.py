"""Observations of some reports from a file of a release, without reading the others.

The one thing to know: files are sorted by report_id and hold its least and greatest value for each group of rows, so that
the groups of a few reports are found in the footer; one group is in memory at a time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


class ObservationFiles:
    """Files of observations, opened; ``wanted`` are the columns and ``indicators`` the rows that are read of them: current
    figures of tables."""

    def __init__(self, paths: Sequence[Path], wanted: Sequence[str], indicators: Collection[str]):
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._columns, self._indicators = list(wanted), pa.array(sorted(indicators), pa.string())
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
                wanted = pc.and_(pc.is_in(rows["report_id"], ids), pc.is_in(rows["indicator"], self._indicators))
                found.append(rows.filter(pc.and_(wanted, pc.and_(rows["is_current"], pc.equal(rows["source"], "table")))))
        return pa.concat_tables(found)


def _spans(file: pq.ParquetFile) -> list[tuple[str, str]]:
    """Return the least and the greatest report_id of each group of rows."""
    column = file.schema_arrow.get_field_index("report_id")
    statistics = (file.metadata.row_group(n).column(column).statistics for n in range(file.num_row_groups))
    return [(told.min, told.max) for told in statistics]
