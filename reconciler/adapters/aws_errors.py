"""Errors of AWS in our own words: the one place where botocore's exceptions are translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as boto

from reconciler.errors import (
    AccessDenied,
    NameTaken,
    NoCredentials,
    NotReady,
    NotThere,
    QuotaExceeded,
    ReconcilerError,
    Refused,
    ServiceError,
    Throttled,
    Unanswered,
)

_CLASSES: dict[type[ServiceError], frozenset[str]] = {
    NameTaken: frozenset({"ResourceInUse", "ResourceInUseException"}),
    QuotaExceeded: frozenset(
        {"LimitExceededException", "ResourceLimitExceeded", "ServiceQuotaExceededException"}
    ),
    Throttled: frozenset(
        {
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        }
    ),
    AccessDenied: frozenset(
        {
            "403",
            "AccessDenied",
            "AccessDeniedException",
            "Forbidden",
            "NotAuthorized",
            "UnauthorizedException",
            "UnauthorizedOperation",
        }
    ),
    NotThere: frozenset(
        {
            "404",
            "NoSuchBucket",
            "NoSuchKey",
            "NotFound",
            "RepositoryNotFoundException",
            "ResourceNotFound",
            "ResourceNotFoundException",
        }
    ),
    Unanswered: frozenset(
        {
            "InternalError",
            "InternalFailure",
            "InternalServerError",
            "InternalServerException",
            "RequestTimeout",
            "ServerException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        }
    ),
}
_CLASS_OF = {code: kind for kind, codes in _CLASSES.items() for code in codes}

_LOGIN_CODES = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)

_LOGIN_ERRORS = (
    boto.CredentialRetrievalError,
    boto.NoAuthTokenError,
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.ProfileNotFound,
    boto.RefreshWithMFAUnsupportedError,
    boto.SSOError,
    boto.TokenRetrievalError,
    boto.UnknownCredentialError,
)

# Raised before anything is sent: by what was asked, or by how boto3 is set up.
_NEVER_SENT = (
    boto.BaseEndpointResolverError,
    boto.ConfigNotFound,
    boto.ConfigParseError,
    boto.DataNotFoundError,
    boto.EndpointProviderError,
    boto.InvalidConfigError,
    boto.InvalidEndpointConfigurationError,
    boto.InvalidProxiesConfigError,
    boto.InvalidRetryConfigurationError,
    boto.ValidationError,
)

# ValidationExceptions that end by waiting after a role or policy changed; Terraform's provider
# for AWS retries the same ones (internal/service/sagemaker/training_job.go).
_HEALS = (
    "Could not assume role",
    "Unauthorized to List objects under S3 URL",
    "Access denied to OutputDataConfig S3 bucket",
    "no identity-based policy allows the s3:ListBucket action",
    "Access denied for repository",
    "Access denied to hub content",
)

_ADVICE = (
    "log in (aws sso login, aws configure), or set AWS_PROFILE; `aws sts get-caller-identity` shows"
    " who you are"
)

# Both AWS and botocore quote the value that they refuse; the container's environment may hold
# secrets, and botocore's checks show any value.
_BOTOCORE_VALUE = re.compile(r", value: .*?(?=, (?:type|valid)\b)", re.DOTALL)
_ENVIRONMENT_VALUE = re.compile(r"Value '(?:(?!Value ').)*' at '(?=environment)", re.DOTALL)


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Raise errors of the block as our own: a ServiceError, or NoCredentials."""
    try:
        yield
    except boto.ParamValidationError as error:
        # Not chained: the original text holds the values.
        report = _BOTOCORE_VALUE.sub("", str(error.kwargs["report"]))
        raise Refused(operation, "ParamValidation", report) from None
    except (boto.ClientError, boto.BotoCoreError) as error:
        raise translation(operation, error) from error


def translation(
    operation: str, error: boto.ClientError | boto.BotoCoreError
) -> ServiceError | ReconcilerError:
    """What an exception of botocore means.

    What is not known is Unanswered: the service may have done what was asked, so that only a
    look can tell.
    """
    if isinstance(error, boto.ClientError):
        return _of_answer(operation, error.response)
    name = type(error).__name__
    if isinstance(error, _LOGIN_ERRORS):
        return NoCredentials(f"{operation}: {error}", advice=_ADVICE)
    if isinstance(error, _NEVER_SENT):
        return Refused(operation, name, str(error))
    return Unanswered(operation, name, str(error))


def _of_answer(operation: str, answer: dict[str, dict[str, object]]) -> ReconcilerError:
    code = str(answer.get("Error", {}).get("Code", ""))
    detail = _ENVIRONMENT_VALUE.sub("a value at '", str(answer.get("Error", {}).get("Message", "")))
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _LOGIN_CODES:
        return NoCredentials(f"{operation}: {code}: {detail}", advice=_ADVICE)
    kind = _CLASS_OF.get(code) or _by_status(status)
    if kind is Refused and any(text in detail for text in _HEALS):
        kind = NotReady
    return kind(operation, code, detail)


def _by_status(status: object) -> type[ServiceError]:
    if status == 429:
        return Throttled
    if isinstance(status, int) and status >= 500:
        return Unanswered
    return Refused
