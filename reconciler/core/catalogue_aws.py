"""Rules of AWS (E3xx): what the account and the service answered, and what to do about it."""

from __future__ import annotations

from reconciler.core.catalogue_rule import Rule

RULES = (
    Rule(
        "E301",
        "no credentials",
        "boto3 found no credentials, or AWS no longer accepts them. Sessions end, often after an "
        "hour; jobs that run go on without them.",
        "Log in again, for example with `aws sso login`, or set AWS_PROFILE. In CI, check the "
        "trust policy of the role.",
    ),
    Rule(
        "E302",
        "quota of the account reached",
        "ResourceLimitExceeded: the account has no more instances of this type for training. For "
        "many GPU types the quota is 0 until it is raised. Nothing was launched.",
        "Ask for more in the Service Quotas console, use another instance type, or wait until "
        "other jobs end. The next apply tries again under the same name.",
    ),
    Rule(
        "E305",
        "too many requests",
        "AWS limits the rate of calls per account and region, and nothing was done. Other users "
        "of the account count too.",
        "Run it again later; what was launched is recorded and is not launched twice.",
    ),
    Rule(
        "E306",
        "access denied",
        "IAM does not allow this call to the credentials in use. Besides SageMaker's action, "
        "launching needs iam:PassRole for the job's role and sagemaker:AddTags.",
        "Add the action that the message names to the role that runs the reconciler.",
    ),
    Rule(
        "E307",
        "wrong account or region",
        "The credentials belong to another account or region than the environment document "
        "names. There the jobs of this environment cannot be seen, and would be launched again.",
        "Use the profile of that account, or choose another environment with `-e`.",
    ),
    Rule(
        "E308",
        "lock cannot be written",
        "Before a launch its intent is written into the lock. Where that fails nothing is "
        "launched, since a later run could not know of it and would pay again.",
        "Give the reconciler the right to write `locks/`: permissions and space on disk, or on "
        "GitHub an entry in the bypass list of the branch rule.",
    ),
    Rule(
        "E309",
        "plan changed since it was approved",
        "What would be done now is not what was approved, or was not shown by an approved plan: "
        "documents, lock or live jobs have moved, or it came without a pull request.",
        "Look at the new plan and approve that one. What a pull request is to start must be in "
        "the plan on it.",
        "reconciler plan -e prod\nreconciler apply -e prod --push git --plan-digest DIGEST",
    ),
    Rule(
        "E310",
        "refused by the service",
        "The service says that the request is not valid, or not possible in the present state. "
        "Missing rights of the job's own role are reported so as well.",
        "Read the service's own words in the message. New roles and policies can take a minute "
        "to arrive; the next apply tries again under the same name.",
    ),
    Rule(
        "E311",
        "no answer",
        "No answer came, or a failure inside the service: the call may have been carried out or "
        "not. Names are fixed by content, so asking again cannot launch twice.",
        "Run apply again; it looks first, and adopts the job if it is there.",
    ),
    Rule(
        "E312",
        "not ours",
        "The thing of this name on SageMaker does not carry this repository's tags and the digest "
        "that the lock expects. Somebody else made it, or changed its tags.",
        "Look at it in the console. Nothing is stopped or changed that is not proven to be ours.",
    ),
    Rule(
        "E313",
        "not ready yet",
        "SageMaker refuses what it will accept once a new role, policy or bucket permission has "
        "spread. Nothing was launched; the intent stays in the lock.",
        "Run apply again in a minute. If it stays, the role really lacks the permission.",
    ),
    Rule(
        "E314",
        "image not known",
        "The registry does not tell which image a tag stands for: it has no such tag, or did not "
        "answer. A plan names what runs by its digest, so nothing is launched.",
        "Push the image, or write another tag. The next plan and the next apply look again.",
    ),
)
