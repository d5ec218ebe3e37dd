"""Quotas of the account, held against the instances that launches ask for.

SageMaker refuses a launch above a quota at once (E302); its intent stays, and each later run tries
it again. So a launch that is above it alone never starts, and launches that are above it together
start one after the other. Who else uses up the quota, nobody tells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.checks import Check, Verdict
from reconciler.core.plan import Change
from reconciler.core.ports import Cloud
from reconciler.core.pricing import asked_instances
from reconciler.core.record import Record, State
from reconciler.errors import AccessDenied, ReconcilerError

_MOST_PAGES = 40
"""Pages of 100 that are read; SageMaker has some 1,500 quotas (seen in a region, end of 2025)."""
_WARM_POOL = "for training warm pool usage"

_Quota = Mapping[str, Any]
"""One quota as Service Quotas tells it (botocore: ServiceQuota)."""


def quota_checks(
    cloud: Cloud, launches: Iterable[Change], records: Iterable[Record]
) -> Iterator[Check]:
    """Whether each quota that launches draw on has room for each of them, and for all of them
    beside our own runs that go on. Raises no error."""
    wanted = _wanted(launches)
    if not wanted:
        return
    try:
        known = _quotas(cloud, wanted.keys())
    except AccessDenied:
        message = "servicequotas:ListServiceQuotas is not allowed"
        yield Check("quota", Verdict.NOT_CHECKED, message)
        return
    except ReconcilerError as error:
        yield Check("quota", Verdict.NOT_CHECKED, str(error), error.advice)
        return
    running = _running(records)
    for name, counts in wanted.items():
        if name in known:
            yield _judged(known[name], counts, running.get(name, 0))
        else:
            yield Check("quota", Verdict.NOT_CHECKED, f"Service Quotas tells none: {name}")


def _wanted(launches: Iterable[Change]) -> dict[str, dict[str, int]]:
    """What each launch draws: quota → name → instances."""
    wanted: dict[str, dict[str, int]] = {}
    for launch in launches:
        for call in launch.calls:
            for quota, count in _drawn(call):
                counts = wanted.setdefault(quota, {})
                counts[launch.name] = counts.get(launch.name, 0) + count
    return wanted


def most_instances(request: Mapping[str, Any]) -> int:
    """The most instances that a CreateTrainingJob request gets at once; of preferences SageMaker
    takes one (botocore: ResourceConfig.InstancePreferences)."""
    counts = asked_instances(request).values()
    preferences = (request.get("ResourceConfig") or {}).get("InstancePreferences")
    return max(counts, default=0) if preferences else sum(counts)


def _drawn(call: Call) -> Iterator[tuple[str, int]]:
    """Name of each quota that a call draws on, with the instances it takes.

    The names are the words in which SageMaker refuses (`The account-level service limit
    'ml.p3.2xlarge for training job usage' is 0 Instances`) and in which Service Quotas lists them
    (see aws-samples/amazon-sagemaker-promote-code-not-models, service_quotas.tf); their codes
    follow from nothing. Spot has quotas of its own. Instances that are kept warm count twice: as
    those of a training job too (AWS: "Request a warm pool quota increase"). Of preferences each is
    held against its quota (AWS: "Instance preference lists for training jobs").
    """
    if call.operation == "CreateTrainingJob":
        spot = "spot " if call.params.get("EnableManagedSpotTraining") else ""
        warm = (call.params.get("ResourceConfig") or {}).get("KeepAlivePeriodInSeconds")
        for instance_type, count in asked_instances(call.params).items():
            yield f"{instance_type} for {spot}training job usage", count
            if warm:
                yield f"{instance_type} {_WARM_POOL}", count
    elif call.operation == "CreateEndpointConfig":
        for member in ("ProductionVariants", "ShadowProductionVariants"):
            for variant in call.params.get(member) or ():
                if "InstanceType" in variant:
                    count = variant.get("InitialInstanceCount", 1)
                    yield f"{variant['InstanceType']} for endpoint usage", count


def _running(records: Iterable[Record]) -> dict[str, int]:
    """What our own training jobs that go on draw on each quota."""
    drawn: dict[str, int] = {}
    for record in records:
        for run in record.runs.values():
            if record.kind == "TrainingJob" and run.state is State.LAUNCHED and run.request:
                for name, count in _drawn(Call("CreateTrainingJob", run.request)):
                    drawn[name] = drawn.get(name, 0) + count
    return drawn


def _quotas(cloud: Cloud, names: Collection[str]) -> dict[str, _Quota]:
    """The quotas of these names that the account has; an answer without a value is none.

    A page may hold fewer than it could, and the last one is that without a token (botocore:
    ListServiceQuotas, which takes no name to look for).
    """
    found: dict[str, _Quota] = {}
    params: dict[str, Any] = {"ServiceCode": "sagemaker", "MaxResults": 100}
    for _ in range(_MOST_PAGES):
        answer = cloud.send(Call("ListServiceQuotas", params, service="service-quotas"))
        for quota in answer.get("Quotas", ()):
            if quota.get("QuotaName") in names and "Value" in quota:
                found[quota["QuotaName"]] = quota
        token = answer.get("NextToken")
        if not token or len(found) == len(names):
            break
        params = {**params, "NextToken": token}
    return found


def _judged(quota: _Quota, counts: Mapping[str, int], running: int) -> Check:
    """How what launches ask for, by the name of each, compares with a quota."""
    name, allowed = quota["QuotaName"], int(quota["Value"])
    asked = sum(counts.values())
    more = f"ask for {asked + running} in the Service Quotas console ({quota.get('QuotaCode')})"
    beside = f", {running} more are in use by our own runs" if running else ""
    if asked + running <= allowed:
        return Check("quota", Verdict.GOOD, f"{name}: {asked} of {allowed}{beside}")
    message = f"{name}: {allowed} allowed, {asked} asked for{beside}"
    if name.endswith(_WARM_POOL):
        # The jobs run; a pool is made only where the quota has room (AWS: as above).
        advice = f"what is above it is not kept warm: {more}"
        return Check("quota", Verdict.WARNING, message, advice)
    above = [f"{launch} ({count})" for launch, count in counts.items() if count > allowed]
    if above:
        message += f"; {', '.join(above)} can never start"
        return Check("quota", Verdict.BAD, message, f"take fewer or other instances, or {more}")
    advice = f"what is above it is refused, and tried again by each later run; or {more}"
    return Check("quota", Verdict.WARNING, message, advice)
