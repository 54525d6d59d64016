PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test lint bench docs clean
help:  ## what can be made here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10
