"""The tables of `state.db`. Times are seconds since the epoch; the rest is plain or JSON text."""

from __future__ import annotations

FORMAT = 1
"""Raised when the tables change; an older program then refuses the file."""
SCHEMA = """
CREATE TABLE launches (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE jobs (
    name TEXT PRIMARY KEY, serial INTEGER NOT NULL, request TEXT NOT NULL,
    status TEXT NOT NULL, secondary TEXT NOT NULL, failure_reason TEXT,
    stop_requested INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL, started REAL, ended REAL, modified REAL NOT NULL,
    transitions TEXT NOT NULL, artifact_uri TEXT, metrics TEXT NOT NULL DEFAULT '[]',
    training_seconds INTEGER, billable_seconds INTEGER,
    spawned REAL NOT NULL DEFAULT 0
);
CREATE INDEX moving_jobs ON jobs (status) WHERE status IN ('InProgress', 'Stopping');
CREATE TABLE tags (
    arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (arn, key)
);
CREATE TABLE faults (
    id TEXT PRIMARY KEY, rule TEXT NOT NULL, stored INTEGER NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE fault_subjects (
    id TEXT NOT NULL, subject TEXT NOT NULL, hit INTEGER NOT NULL, PRIMARY KEY (id, subject)
)
"""
