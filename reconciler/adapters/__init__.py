"""What reaches outside: git and files, the places of the lock, AWS, the clock."""
