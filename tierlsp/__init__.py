"""tierlsp: a language server that gives every editor three tiers of AI models."""

__version__ = "0.1.0"
