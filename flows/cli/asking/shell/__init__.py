"""DuckDB's own shell on the lake: what it is given at its start (``prompt``), and the kernel's hold on what it may do (``landlock``)."""
