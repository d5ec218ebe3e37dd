"""AWS's service models as data, and the checks on them; pure, imports no other room."""
