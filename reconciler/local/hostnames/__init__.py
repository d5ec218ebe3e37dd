"""What makes host names of a job known to its Python processes; see `sitecustomize.py`."""
