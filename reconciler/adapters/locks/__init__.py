"""Places where the lock of an environment lives, all behind `core.ports.LockStore`."""
