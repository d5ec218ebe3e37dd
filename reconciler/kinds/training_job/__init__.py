"""The kind TrainingJob: its spec, its table of fields, its rules, its calls and observations."""
