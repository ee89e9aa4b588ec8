"""A typing replay: how often is ghost text there in time, and what does it cost, by machine, policy and habit."""
