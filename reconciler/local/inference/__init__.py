"""What runs inside an inference container; it imports nothing of the project."""
