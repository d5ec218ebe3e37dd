"""STS: who the caller is. Everybody is the same user here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.local.context import Context, Handler


def get_caller_identity(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetCallerIdentity: the engine's account."""
    return {
        "UserId": "AIDALOCALENGINE00000",
        "Account": context.account_id,
        "Arn": f"arn:aws:iam::{context.account_id}:user/local",
    }


OPERATIONS: Mapping[str, Handler] = {"GetCallerIdentity": get_caller_identity}
