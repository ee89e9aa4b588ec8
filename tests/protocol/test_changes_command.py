"""`tierlsp run refactorFiles --changes` and `commit` without a file: what git's own files say, against a provider."""

from __future__ import annotations

import json
import re

from tests.protocol.conftest import Place
from tests.protocol.test_review_command import NEW, OLD, Shell, shell

FIXED = """\
FILE F1
<<<<<<< SEARCH
    return 3 * raduis
=======
    return 3 * radius
>>>>>>> REPLACE
END
"""


async def test_the_changed_files_are_changed_together(place: Place) -> None:
    async def work(here: Shell) -> None:
        here.write("other.py", "x = 1\n")
        here.git("add", ".")
        here.git("commit", "-qm", "two")
        path = here.write("area.py", NEW)
        here.write("new.lock", "x")
        asked = ("refactorFiles", "--changes", "--instruction", "mend the name")
        code, out, err = await here.run(*asked)
        assert code == 0
        assert "-    return 3 * raduis\n+    return 3 * radius\n" in out
        assert "changes 1 file" in err
        assert "F1 lines 2-2" in here.sent
        assert "other.py" not in here.sent
        assert path.read_text() == NEW
        assert (await here.run(*asked, "--apply"))[0] == 0
        assert path.read_text() == OLD

    await shell(place, work, FIXED)


async def test_where_nothing_is_uncommitted_nobody_is_asked(place: Place) -> None:
    async def work(here: Shell) -> None:
        code, _, err = await here.run("refactorFiles", "--changes", "--instruction", "mend it")
        assert (code, here.provider.questions) == (0, [])
        assert "no text was changed" in err
        code, _, err = await here.run("commit")
        assert (code, here.provider.questions) == (0, [])
        assert "nothing is staged" in err
        code, _, err = await here.run("explain", "--changes")
        assert code == 1
        assert "--changes is for" in err

    await shell(place, work)


async def test_what_the_sentence_about_an_index_says_to_do_is_done_in_a_terminal(place: Place) -> None:
    async def work(here: Shell) -> None:
        here.write("area.py", NEW)
        here.git("update-index", "--split-index")
        code, out, err = await here.run("refactorFiles", "--changes", "--instruction", "mend the name")
        assert (code, out, here.provider.questions) == (1, "", [])
        [sentence] = err.strip().splitlines()
        mends = re.findall(r"`git ([^`]+)`", sentence)
        assert "split in two" in sentence and len(mends) == 2
        # A review in a terminal has git read it, as it is.
        assert (await here.run("review", "--changes"))[0] in (0, 1)
        assert "raduis" in here.sent
        for mend in mends:
            here.git(*mend.split())
        code, out, _ = await here.run("refactorFiles", "--changes", "--instruction", "mend the name")
        assert (code, "+    return 3 * radius" in out) == (0, True)

    await shell(place, work, FIXED)


async def test_a_message_is_written_for_what_is_staged(place: Place) -> None:
    async def work(here: Shell) -> None:
        here.write("area.py", NEW)
        here.write("id_rsa", "private\n")
        here.git("add", "-f", ".")
        here.write("area.py", "not staged\n")
        code, out, err = await here.run("commit")
        assert (code, out) == (0, "Name the radius\n")
        assert "id_rsa: privacy.exclude" in err
        sent = json.dumps(here.provider.questions)
        assert "+    return 3 * raduis" in sent
        assert "not staged" not in sent
        assert "private" not in sent

    await shell(place, work, "Name the radius")
