"""What may be read and what may leave. Pure decisions; no model, no network."""
