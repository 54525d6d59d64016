"""Who DOSM is, for everything that speaks of it or reads who is quoted."""

from __future__ import annotations

from warehouse.schema.travel import Band, Publisher

PUBLISHER = Publisher(
    publisher="dosm", title="Department of Statistics Malaysia", called="Malaysia's statistics", languages=("en", "ms"),
    tz="Asia/Kuala_Lumpur", area="MYS", currency="MYR", account_of_area=True,
    licence="CC BY 4.0, as stated on each OpenDOSM dataset's page",
    attribution="Source: Department of Statistics Malaysia (DOSM), OpenDOSM, CC BY 4.0",
    # The ministry and its agency for exports announce the department's figures.
    names={"en": ("DOSM", "Department of Statistics Malaysia", "MITI", "MATRADE", "Malaysia's customs", "Malaysia's statistics"),
           "ms": ("Jabatan Perangkaan Malaysia",)},
    # Imports of June 2024 fell by 10.2 % from first release to the file of April 2026.
    bands=(Band(12, "import", "month"), Band(3, "export", "month"), Band(6, "total", "month"),
           Band(6, "import", "longer"), Band(3, "export", "longer"), Band(3, "total", "longer")),
)
