"""What the S3 on disk (`storage.py`) is made of: bodies, index, checksums, values."""
