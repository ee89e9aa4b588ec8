"""How to speak to one model server. The only room that imports the HTTP client.

A backend knows one wire format and nothing of documents, editors or settings files.
"""
