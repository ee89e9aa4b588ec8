"""One file for each LSP method, and `lsp/server.py` holds the table of them."""
