"""An engine that is out of memory: one sentence that names what to set, and nothing half there."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from flows.home.house import House
from flows.home.settings import Settings
from warehouse.lake import opening as lake
from warehouse.lake.opening import connect, writer
from warehouse.schema.errors import EntrepotError

MUCH = "SELECT 'x', 1, md5(range::VARCHAR) || repeat(md5((range * 7)::VARCHAR), 20), now(), '' FROM range(2000000) ORDER BY 3"


def test_a_load_that_takes_more_memory_than_there_may_be_says_what_to_set_and_leaves_nothing(house: House) -> None:
    with pytest.raises(EntrepotError, match=r"more than the 64MB of memory .*Set ENTREPOT_MEMORY higher"):
        lake.may_use("64MB")
        try:
            with writer(house.place, "test") as opened:
                opened.con.execute("SET temp_directory = ''")  # as where there is no room on the disk to go to
                with opened.transaction("much", tag="much") as con:
                    con.execute("INSERT INTO ops.snapshot_tag VALUES ('half', 1, 'test', now(), '')")
                    con.execute(f"INSERT INTO ops.snapshot_tag {MUCH}")
        finally:
            lake.may_use(lake.MEMORY)
    con = connect(house.place)
    assert con.execute("SELECT count(*) FROM ops.snapshot_tag").fetchall() == [(0,)]
    con.close()
    with writer(house.place, "test") as opened:
        assert opened.con.execute("SELECT count(*) FROM ops.snapshot_tag").fetchall() == [(0,)]


@pytest.mark.parametrize("amount", ["lots", "3", "-1GB", "3GB'; SET x", "0GB"])
def test_what_is_no_amount_of_memory_is_refused(amount: str) -> None:
    with pytest.raises(ValidationError, match="amount of memory"):
        Settings(memory=amount)
