"""What people and machines read of plans, outcomes and problems. Pure: values in, text out."""
