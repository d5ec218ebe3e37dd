"""The kind Model: an artifact and the image that serves it."""
