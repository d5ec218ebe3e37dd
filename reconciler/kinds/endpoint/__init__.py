"""The kind Endpoint: models in service under a name that stays."""
