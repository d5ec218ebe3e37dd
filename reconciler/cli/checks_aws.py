"""Checks of `doctor` on an AWS account: who we are there, and what the environment names."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.cli.checks import failed, good
from reconciler.core.call import Call
from reconciler.core.checks import Check, Verdict
from reconciler.core.environment import Environment
from reconciler.core.ports import Cloud
from reconciler.errors import AccessDenied, NotThere, ReconcilerError
from reconciler.reconcile.preflight import role_check
from reconciler.reconcile.preflight_keys import key_checks
from reconciler.reconcile.preflight_network import Network, network_checks


def checks_of_aws(cloud: Cloud, environment: Environment) -> Iterator[Check]:
    """Login first: with a wrong one the others would look at another account."""
    login = _login(cloud, environment)
    yield login
    keys = [key for key in (environment.kms_key_id, environment.volume_kms_key_id) if key]
    networks = _networks(environment)
    if login.verdict is Verdict.BAD:
        named = (*(["key"] if keys else []), *(["network"] if networks else []))
        yield from not_checked(("bucket", "role", *named), "the login comes first")
        return
    yield _bucket(cloud, environment)
    yield _role(cloud, environment)
    yield from key_checks(cloud, keys)
    yield from network_checks(cloud, networks)


def not_checked(names: tuple[str, ...], reason: str) -> Iterator[Check]:
    """That nobody looked, and why."""
    for name in names:
        yield Check(name, Verdict.NOT_CHECKED, reason)


def _login(cloud: Cloud, environment: Environment) -> Check:
    try:
        account, region = cloud.identity()
    except ReconcilerError as error:
        return failed("login", error)
    if account != environment.account:
        return Check(
            "login",
            Verdict.BAD,
            f"the credentials are of account {account}, {environment.name} is in"
            f" {environment.account}",
            "log in there, or set AWS_PROFILE",
        )
    return good("login", f"account {account}, {region}")


def _bucket(cloud: Cloud, environment: Environment) -> Check:
    bucket = environment.bucket
    try:
        answer = cloud.send(Call("HeadBucket", {"Bucket": bucket}, service="s3"))
    except AccessDenied:
        return Check(
            "bucket", Verdict.BAD, f"{bucket} is not ours to look at", "allow s3:ListBucket on it"
        )
    except NotThere:
        return Check("bucket", Verdict.BAD, f"there is no {bucket}", f"aws s3 mb s3://{bucket}")
    except ReconcilerError as error:
        return failed("bucket", error)
    region = answer.get("BucketRegion")
    if region not in (None, environment.aws_region):
        return Check(
            "bucket",
            Verdict.WARNING,
            f"{bucket} is in {region}, the jobs run in {environment.aws_region}",
            "SageMaker wants its data in the region of the job",
        )
    return good("bucket", bucket)


def _role(cloud: Cloud, environment: Environment) -> Check:
    arn = environment.default_role
    if arn is None:
        return Check("role", Verdict.WARNING, "the environment names none; each job must")
    return role_check(cloud, arn)


def _networks(environment: Environment) -> dict[Network, int]:
    """The network of the environment, if it has one; how many instances run there is not known."""
    named = environment.networking
    if named is None or not named.subnets:
        return {}
    return {Network(tuple(named.subnets), tuple(named.security_group_ids or ())): 0}
