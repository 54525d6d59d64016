"""The lake opened, locked, published to readers and brought to the present schema, on one machine or on PostgreSQL."""
