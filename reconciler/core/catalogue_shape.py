"""Rules of shape (E1xx): which keys and values a document of a kind may have."""

from __future__ import annotations

from reconciler.core.catalogue_rule import Rule

RULES = (
    Rule(
        "E100",
        "unknown kind of document",
        "Every YAML file under `jobs/`, `environments/` and `runtimes/` is a document of this "
        "format, in whatever case its ending is written. An unknown one is an error and is never "
        "skipped: it may be a job somebody waits for. Nor are links and submodules that may stand "
        "for documents: git does not show a reviewer what is behind them.",
        "Write the header, use a kind that belongs into this folder, or move the file. Replace a "
        "link by what it points at.",
        "apiVersion: sagemaker-gitops/v1\nkind: TrainingJob",
    ),
    Rule(
        "E101",
        "unknown key",
        "A key that nobody reads is a setting that does nothing. Keys are AWS's names in "
        "snake_case, without `enable_`, unit suffix or `_config`.",
        "Correct the spelling. For a field of AWS that this version does not know, use "
        "`api_overrides` with AWS's own names.",
        "stopping_condition: {max_wait_time: 2h}",
    ),
    Rule(
        "E102",
        "missing key",
        "The resource cannot be created without it. It may come from the document, its runtime, "
        "a `_defaults.yaml` above it or the environment.",
        "Write the key in the nearest of these places. `reconciler show NAME --resolved` prints "
        "what is there already.",
    ),
    Rule(
        "E103",
        "value of the wrong form",
        "The key takes another type, form or range of values; the message says which. Durations "
        "and sizes carry their unit, since AWS mixes seconds, hours and gigabytes.",
        "Write a value of that form. `reconciler explain KEY` says what a key takes.",
        "stopping_condition: {max_runtime: 6h}\ncompute: {volume_size: 100GB}",
    ),
    Rule(
        "E104",
        "text that must be quoted",
        "This key takes text, and without quotes the value is a number or a boolean: `2.10` "
        "would become 2.1, and `011122223333` would lose its zero.",
        "Put the value in quotes.",
        'script: {framework_version: "2.10"}',
    ),
)
