"""Models behind endpoints: their state, and the processes that serve them."""
