"""The whole road, as a person types it: the command line against simulated publishers over real HTTP."""
