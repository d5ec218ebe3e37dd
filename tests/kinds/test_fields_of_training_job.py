"""The table of TrainingJob: documents and requests say the same, in both directions."""

from __future__ import annotations

from reconciler.core.fields import from_request, to_request
from reconciler.kinds.training_job.fields import TABLE
from reconciler.kinds.training_job.spec import TrainingJobSpec


def test_both_directions_are_inverse_on_a_document_that_says_everything() -> None:
    spec = {
        "inputs": {
            "train": {"s3_uri": "s3://b/k", "s3_data_type": "S3Prefix", "shuffle": {"seed": 3}},
            "disk": {"file_system": {"file_system_id": "fs-1", "directory_path": "/d"}},
        },
        "compute": {
            "instance_groups": {"gpu": {"instance_type": "ml.g5.xlarge", "instance_count": 2}},
            "instance_preferences": [{"instance_type": "ml.g5.xlarge"}],
            "volume_size": "100GB",
            "keep_alive_period": "30m",
        },
        "tags": {"a": "b"},
        "metrics": {"loss": "loss=(.*)"},
        "profiler": {"profiling_interval": "500ms", "rules": {"r": {"rule_evaluator_image": "i"}}},
        "remote_debug": False,
    }
    sent = to_request(TABLE, TrainingJobSpec.model_validate(spec).model_dump(exclude_unset=True))
    assert sent["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 1800
    assert sent["RemoteDebugConfig"] == {"EnableRemoteDebug": False}
    assert from_request(TABLE, sent) == spec
