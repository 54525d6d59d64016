"""When things run and how a person asks: the command line, the pipeline's wiring, Prefect's flows and deployments."""
