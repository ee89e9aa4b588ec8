"""A git repository, read as files: no program is started, no link followed, nothing written, no server asked.

What a repository's settings name (filters, hooks, monitors, other files to include, other stores of objects) is never
run and never followed. What cannot be told without that is refused or left out, and said so.
"""
