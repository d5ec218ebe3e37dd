"""Rules of reading (E0xx): what a file must be before its keys are looked at."""

from __future__ import annotations

from reconciler.core.catalogue_rule import Rule

RULES = (
    Rule(
        "E001",
        "not YAML",
        "The text does not follow the grammar of YAML, so nothing in it can be trusted. The place "
        "is where the scanner gave up; the slip is there or on the line above. A merge that was "
        "not finished is told at the first mark that git left.",
        "Check indentation (spaces only), quotes and brackets. Put a text in quotes when it holds "
        '": " or " #", or starts with one of `@ ` % & * ! | > { [`.',
        "metrics:\n  loss: 'loss: ([0-9.]+)'",
    ),
    Rule(
        "E002",
        "key written twice",
        "A reviewer sees the first of two equal keys, most readers take the last. Which one "
        "decides about money must not depend on that.",
        "Keep one of the two; both places are shown.",
    ),
    Rule(
        "E003",
        "document over a limit",
        "A document has at most 256 KiB, 24 levels and 20,000 keys, values and brackets. Nothing "
        "written by hand comes near; larger files are data, or an attack on the reader.",
        "Split the document, or keep the data in a file that the job reads as an input.",
        "inputs:\n  labels: {path: data/labels.csv}",
    ),
    Rule(
        "E004",
        "not UTF-8, or a hidden character",
        "Control characters and direction marks can hide or reorder what a reviewer sees (as in "
        "the Trojan Source attacks, CVE-2021-42574). They are refused in the file and in the "
        "escapes of double quotes.",
        "Save the file as UTF-8 and remove the character; the message gives its code point.",
    ),
    Rule(
        "E005",
        "anchor, alias or merge key",
        "`&name`, `*name` and `<<` let one line change a distant one, and a few of them can grow "
        "to gigabytes. Inheritance goes through defaults and runtimes, which show their origin.",
        "Write the value out at each place, or put it into a `_defaults.yaml` or a runtime.",
        "runtime: pytorch-gpu",
    ),
    Rule(
        "E006",
        "tag or directive",
        "Tags (`!name`, `!!int`) and `%` lines change what a value means, each reader in its own "
        "way; some readers run code for them.",
        "Remove it. Quote a value that is meant as text.",
        'framework_version: "2.10"',
    ),
    Rule(
        "E007",
        "second document in one file",
        "Readers differ about a file with several documents: some take the first, some the last, "
        "some all. A file is one resource, with one history.",
        "Put each document into its own file, and remove `---` between them.",
    ),
    Rule(
        "E008",
        "key that is not text",
        "Keys become names in AWS's API, which are text. A number, a word like `true`, or a map "
        "as a key has no such name.",
        "Put the key in quotes.",
        'tags: {"2026": budget}',
    ),
    Rule(
        "E009",
        "value that YAML readers take for different things",
        "YAML 1.1 and 1.2 disagree: `no` is false or text, `0123` is 83 or 123, `12:30:45` is "
        "45045 or text, `2024-01-01` a date or text, `1_000` a number or text. `True` and `NULL` "
        "are refused with them, so that a value has one spelling and reaches the container as it "
        "was written.",
        "Quote it if you mean the text, else write the number, `true`, `false` or `null` plainly.",
        'hyperparameters: {country: "no", augment: true}',
    ),
    Rule(
        "E010",
        "number out of range",
        "A whole number has at most 18 digits and a fraction must be finite: others do not "
        "survive the readers and databases on their way.",
        "Put it in quotes if the characters are what matters.",
        'account_id: "012345678901"',
    ),
    Rule(
        "E011",
        "document is not a map",
        "A document is a map of keys to values; an empty file or a list says nothing about what "
        "should exist.",
        "Start it with its header, or remove the file.",
        "apiVersion: sagemaker-gitops/v1\nkind: TrainingJob\nname: churn-xgb\nversion: 1",
    ),
)
