"""A SageMaker of one's own, with the S3, STS, ECR and Logs that jobs and endpoints need.

It speaks AWS's protocols, so any SDK is its client. It imports only `reconciler.servicemodel`.
"""
