"""The tables of `state.db`. Times are seconds since the epoch; the rest is plain or JSON text."""

from __future__ import annotations

_JOBS = """
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
_HOSTING = """
CREATE TABLE hosting (
    serial INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL,
    request TEXT NOT NULL, created REAL NOT NULL, UNIQUE (kind, name)
);
CREATE TABLE endpoints (
    serial INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, arn TEXT NOT NULL,
    status TEXT NOT NULL, failure_reason TEXT, created REAL NOT NULL, modified REAL NOT NULL,
    deployments INTEGER NOT NULL, current TEXT, pending TEXT, policy TEXT,
    spawned REAL NOT NULL
);
CREATE TABLE servers (
    endpoint INTEGER NOT NULL, deployment INTEGER NOT NULL, variant TEXT NOT NULL,
    container INTEGER NOT NULL, port INTEGER NOT NULL, token TEXT NOT NULL,
    PRIMARY KEY (endpoint, deployment, variant, container)
)
"""
STEPS = (_JOBS, _HOSTING)
"""A file of format n has the first n behind it: add steps at the end, change none."""
