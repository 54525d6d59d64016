"""The publishers of the simulated month in the place of all: in this process, or in that of a run (``in_each_run``)."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from connectors.statistics.dosm import Dosm
from connectors.statistics.ecb import Ecb
from connectors.statistics.ecb.connector import DAY
from connectors.statistics.gacc import Gacc
from connectors.statistics.gacc.titles import COMMODITY, REGIME
from flows.home import registry
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document

LATER = "synthetic-later-entrepot"
"""A file in the home: the later Entrepot is installed, whose parser knows DOSM's new column."""
DIES = "synthetic-dies-after-the-commit"
"""A file in the home: the next run is killed (``die_where_told``)."""


class MendedDosm(Dosm):
    """The DOSM connector of a later Entrepot, which knows the column's new name."""

    parser_version = Dosm.parser_version + 1

    def parse(self, document: Document, out: Sink) -> None:
        super().parse(Document(document.fetch, document.body.replace(b"import_value", b"imports", 1)), out)


def connectors(*, mended: bool = False) -> dict[str, Any]:
    """The three publishers of the month, with the datasets that are served."""
    gacc, dosm, ecb = Gacc(), MendedDosm() if mended else Dosm(), Ecb()
    gacc.datasets = tuple(each for each in gacc.datasets if each.dataset not in (COMMODITY, REGIME))
    dosm.datasets = tuple(each for each in dosm.datasets if each.dataset != "dosm.workbook")
    ecb.datasets = tuple[Dataset, ...](each for each in ecb.datasets if each.dataset == DAY)
    return {"gacc": gacc, "dosm": dosm, "ecb": ecb}


def use(*, mended: bool = False) -> None:
    """Put them in the place of all, for this process."""
    made = connectors(mended=mended)
    registry.connectors = lambda: made  # type: ignore[assignment]
    registry.datasets.cache_clear()


def die_where_told() -> None:
    """Where the home says so, this process is killed after the commit of the ECB's rates and before anybody is told; once."""
    from warehouse.lake.opening import Writer

    told, published = Path(os.environ["ENTREPOT_HOME"], DIES), Writer.after_commit

    def after_commit(self: Writer) -> None:
        if told.exists() and self.con.execute("SELECT arg_max(dataset, snapshot) FROM ops.load").fetchone() == (DAY,):
            told.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        published(self)

    Writer.after_commit = after_commit  # type: ignore[method-assign]


def in_each_run(folder: Path) -> Path:
    """A folder for PYTHONPATH: a process that Prefect starts for a run begins with ``use``."""
    (folder / "sitecustomize.py").write_text(f"""
import os
if "PREFECT__FLOW_RUN_ID" in os.environ:
    from tests.flows.month_publishers import die_where_told, use
    die_where_told()
    use(mended=os.path.exists(os.path.join(os.environ["ENTREPOT_HOME"], {LATER!r})))
""")
    return folder
