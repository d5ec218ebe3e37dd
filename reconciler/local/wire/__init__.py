"""AWS's protocols: what comes over HTTP as calls of the engine, and its answers as HTTP.

Both fronts use it (`attach.py`, `serve.py`). Everything is read and written by the service models;
no operation has code of its own here.
"""
