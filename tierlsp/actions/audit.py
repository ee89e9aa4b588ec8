"""Audit some code for weaknesses that somebody could use against it."""

from __future__ import annotations

from tierlsp.actions.job import Job, Wording
from tierlsp.actions.review import form_of, task_text

CATEGORIES = "security|errors|concurrency"

RULES = """\
You audit code for security: you look for what an attacker could use.
Follow what comes from outside (requests, files, arguments, environment, other services) to where it does harm: queries,
commands, paths, templates, deserialisation, memory, redirects, addresses that are fetched. Look at who may do what, at
secrets and their storage, at randomness and cryptography, at limits that are missing, at what errors and logs reveal.
Name the weakness by its number in the Common Weakness Enumeration. Say what an attacker controls and what they gain.
Report nothing that the shown code rules out; where it depends on code that is not shown, lower the confidence.
What other tools have reported already is listed: leave it out.
""" + form_of(CATEGORIES)


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    return Wording(RULES, task_text(job, "Audit"))
