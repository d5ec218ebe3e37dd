"""The instances of one training job, as its containers see them: pure.

Stands between the request and the files under `/opt/ml/input/config`: `resourceconfig.json` and
`inputdataconfig.json` are made here, and script mode reads the same values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HOMOGENEOUS = "homogeneousCluster"
"""SageMaker's name of the only instance group of a job that names none."""


@dataclass(frozen=True, slots=True)
class Host:
    """One instance of the job."""

    name: str
    """`algo-1`, `algo-2`, …"""
    instance_type: str
    group: str


def hosts(request: Mapping[str, Any]) -> tuple[Host, ...]:
    """The hosts that a CreateTrainingJob request asks for, group by group, counted from 1."""
    resources = request.get("ResourceConfig", {})
    groups = resources.get("InstanceGroups") or [
        {
            "InstanceGroupName": HOMOGENEOUS,
            "InstanceType": resources.get("InstanceType", "local"),
            "InstanceCount": resources.get("InstanceCount", 1),
        }
    ]
    places = [
        (group["InstanceType"], group["InstanceGroupName"])
        for group in groups
        for _ in range(max(1, group["InstanceCount"]))
    ]
    return tuple(
        Host(f"algo-{number}", instance_type, group)
        for number, (instance_type, group) in enumerate(places, start=1)
    )


def instance_groups(cluster: Sequence[Host]) -> list[dict[str, Any]]:
    """The groups of a cluster in the form and order of `resourceconfig.json`."""
    members: dict[str, list[Host]] = {}
    for host in cluster:
        members.setdefault(host.group, []).append(host)
    return [
        {
            "instance_group_name": group,
            "instance_type": inside[0].instance_type,
            "hosts": [host.name for host in inside],
        }
        for group, inside in members.items()
    ]


def resource_config(cluster: Sequence[Host], current: Host, interface: str) -> dict[str, Any]:
    """The content of `resourceconfig.json` on one host."""
    return {
        "current_host": current.name,
        "current_instance_type": current.instance_type,
        "current_group_name": current.group,
        "hosts": [host.name for host in cluster],
        "instance_groups": instance_groups(cluster),
        "network_interface_name": interface,
    }


def channels(request: Mapping[str, Any], current: Host) -> list[Mapping[str, Any]]:
    """The input channels that one host receives: all, or those that name its instance group."""
    found = []
    for channel in request.get("InputDataConfig", ()):
        groups = channel["DataSource"].get("S3DataSource", {}).get("InstanceGroupNames")
        if not groups or current.group in groups:
            found.append(channel)
    return found


def input_mode(request: Mapping[str, Any], channel: Mapping[str, Any]) -> str:
    """`File`, `FastFile` or `Pipe`: the channel's own mode, else that of the job."""
    job_mode = request.get("AlgorithmSpecification", {}).get("TrainingInputMode", "File")
    return str(channel.get("InputMode") or job_mode)


def input_data_config(request: Mapping[str, Any], current: Host) -> dict[str, dict[str, str]]:
    """The content of `inputdataconfig.json` on one host, by channel name."""
    config = {}
    for channel in channels(request, current):
        source = channel["DataSource"].get("S3DataSource", {})
        entry = {
            "TrainingInputMode": input_mode(request, channel),
            "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        }
        if "ContentType" in channel:
            entry["ContentType"] = channel["ContentType"]
        config[channel["ChannelName"]] = entry
    return config
