"""Importing training jobs: requests and answers of SageMaker's as the values of a spec.

`described.py` turns an answer into the request it came from, `requested.py` a request into values,
`scripts.py` and `algorithms.py` recognise what stands behind hyperparameters and images, and
`members.py` says in AWS's words what is wrong.
"""
