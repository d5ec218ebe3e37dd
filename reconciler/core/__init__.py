"""Values and pure functions: no file, no network, no clock."""
