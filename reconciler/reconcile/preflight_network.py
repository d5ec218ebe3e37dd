"""Subnets and security groups of launches, looked up while they are only planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.call import Call
from reconciler.core.checks import Check, Verdict
from reconciler.core.ports import Cloud
from reconciler.errors import AccessDenied, ReconcilerError

_MOST_NETWORKS = 10
"""Networks that are looked up, together: EC2 takes 200 values for one filter, and a network has 16
subnets at most (botocore: VpcConfig)."""
_ADDRESSES = 2
"""Private addresses that AWS wants for each instance of a training job; with EFA it is 5 (AWS:
"Give SageMaker AI Training Jobs Access to Resources in Your Amazon VPC")."""

_Found = Mapping[str, Mapping[str, Any]]
"""What EC2 tells of subnets, or of security groups, by id."""


@dataclass(frozen=True, slots=True)
class Network:
    """Where in a VPC something runs."""

    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    """Ids of security groups."""


def network_of(params: Mapping[str, Any]) -> Network | None:
    """The network that a request names; None for one that names no subnet."""
    config = params.get("VpcConfig") or {}
    subnets = tuple(config.get("Subnets") or ())
    return Network(subnets, tuple(config.get("SecurityGroupIds") or ())) if subnets else None


def network_checks(cloud: Cloud, networks: Mapping[Network, int]) -> Iterator[Check]:
    """Whether the parts of each network are there, belong together, and have room for the given
    number of training instances. Two calls for all of them; raises no error.

    What is not there is found by filters: with plain ids EC2 refuses the whole call, and names
    only the first one that is missing.
    """
    looked_up = list(networks)[:_MOST_NETWORKS]
    if not looked_up:
        return
    try:
        subnets = _subnets(cloud, [i for network in looked_up for i in network.subnets])
        groups = _groups(cloud, [i for network in looked_up for i in network.groups])
    except AccessDenied as error:
        yield Check("network", Verdict.NOT_CHECKED, f"ec2:{error.operation} is not allowed")
        return
    except ReconcilerError as error:
        yield Check("network", Verdict.NOT_CHECKED, str(error), error.advice)
        return
    for network in looked_up:
        yield _judged(network, subnets, groups, networks[network])
    if len(networks) > _MOST_NETWORKS:
        message = f"{len(networks) - _MOST_NETWORKS} more were not looked up"
        yield Check("network", Verdict.NOT_CHECKED, message)


def _judged(network: Network, subnets: _Found, groups: _Found, instances: int) -> Check:
    missing = [i for i in network.subnets if i not in subnets]
    missing += [i for i in network.groups if i not in groups]
    if missing:
        message = f"there is no {', '.join(missing)}"
        return Check("network", Verdict.BAD, message, "name what is in this account and region")
    parts = {i: str(subnets[i].get("VpcId")) for i in network.subnets}
    parts |= {i: str(groups[i].get("VpcId")) for i in network.groups}
    vpcs = dict.fromkeys(parts.values())
    if len(vpcs) > 1:
        message = "not of one VPC: " + ", ".join(f"{i} is in {vpc}" for i, vpc in parts.items())
        return Check("network", Verdict.BAD, message, "name subnets and groups of the same VPC")
    free = sum(subnets[i].get("AvailableIpAddressCount", 0) for i in dict.fromkeys(network.subnets))
    where = f"{next(iter(vpcs))}, {', '.join(network.subnets)}"
    if free < instances * _ADDRESSES:
        message = f"{where}: {free} free addresses, {instances} instances want {_ADDRESSES} each"
        return Check("network", Verdict.WARNING, message, "add subnets, or take fewer instances")
    return Check("network", Verdict.GOOD, where)


def _subnets(cloud: Cloud, ids: Sequence[str]) -> _Found:
    answer = cloud.send(Call("DescribeSubnets", _only("subnet-id", ids), service="ec2"))
    return {subnet["SubnetId"]: subnet for subnet in answer.get("Subnets", ())}


def _groups(cloud: Cloud, ids: Sequence[str]) -> _Found:
    if not ids:
        return {}  # an environment may leave them to its jobs
    answer = cloud.send(Call("DescribeSecurityGroups", _only("group-id", ids), service="ec2"))
    return {group["GroupId"]: group for group in answer.get("SecurityGroups", ())}


def _only(name: str, values: Sequence[str]) -> dict[str, Any]:
    """Parameters of a Describe of these only; without MaxResults EC2 gives them in one page."""
    return {"Filters": [{"Name": name, "Values": list(dict.fromkeys(values))}]}
