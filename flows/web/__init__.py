"""What this machine answers over HTTP beside Prefect's UI, and to assistants: pages, ``/api/`` and MCP. It reads and never writes."""
