"""The journeys: plan, apply, refresh, over ports that the adapters fill."""
