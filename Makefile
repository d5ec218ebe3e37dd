# The same verbs as dev.py, for fingers that type make. `make test ARGS="-k name"` passes arguments.
.PHONY: setup demo test lint schema run

setup demo lint:
	@python3 dev.py $@

test schema run:
	@python3 dev.py $@ $(ARGS)
