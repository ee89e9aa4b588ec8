"""Everything that knows the protocol: framing, dispatch, documents, positions, capabilities, handlers.

**Law:** only this room knows positions and capabilities, and only this room imports pygls and lsprotocol.
"""
