"""A lake on servers: its place on PostgreSQL and an object store, its catalogue as rows, and what runs that share it tell each other."""
