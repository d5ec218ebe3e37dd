"""A declarative GitOps repository of SageMaker job specs, with a reconciler."""

__version__ = "0.1.0"
