"""One file for each LSP method, and `lsp/tables.py` holds the table of them."""
