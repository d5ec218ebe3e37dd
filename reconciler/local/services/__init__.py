"""The operations of each service: valid parameters in, the answer out."""
