"""Prefect: flows, deployments, server, events. Nothing else of Entrepot imports it."""
