"""Everything that a model reads passes the gate, and the gate says no where it must."""

import ast
import asyncio
import dataclasses
from pathlib import Path
from random import Random

import pytest

import tierlsp
from tests.unit.privacy import planting
from tests.unit.privacy.helpers import CLOUD, LOCAL, NOW, Desk
from tierlsp.errors import AlteredPlaceholder, NeedsConsent, NotAllowed
from tierlsp.privacy.audit import AuditLog, read_audit
from tierlsp.privacy.outbound import Part
from tierlsp.privacy.placeholder_words import BEGINNING


def secret(seed: int = 1) -> str:
    return planting.KINDS["github"](Random(seed))


def test_only_the_gate_makes_what_may_be_sent() -> None:
    makers = set()
    for path in Path(tierlsp.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Cleared":
                makers.add(path.name)
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "replace":
                # `dataclasses.replace` of one would be a way around; nobody names one `cleared` and replaces in it.
                assert not any(ast.unparse(argument) == "cleared" for argument in node.args[:1]), path
    assert makers == {"gate.py"}


async def test_a_model_elsewhere_gets_placeholders_and_the_edit_gets_the_secrets_back(desk: Desk) -> None:
    path = desk.root / "a.py"
    text = f'TOKEN = "{secret()}"\nprint(TOKEN)\n'
    clearance = desk.begin()
    cleared = await clearance.clear((Part("system", "Mend it."), Part("user", text, path)), CLOUD)
    assert cleared.destination == CLOUD
    assert cleared.redactions == 1
    assert [part.role for part in cleared.parts] == ["system", "user"]
    assert cleared.parts[0].text == "Mend it."
    sent = cleared.parts[1].text
    assert secret() not in sent
    assert clearance.restore_edit(sent, path) == text
    assert clearance.scrub(sent) == text.replace(secret(), "[secret]")
    assert clearance.scrub(f"It is {secret()}.") == "It is [secret]."


async def test_a_model_on_this_machine_reads_what_is_there_and_nobody_is_asked(desk: Desk) -> None:
    clearance = desk.gate("never").begin(desk.root)
    cleared = await clearance.clear((Part("user", f"x = '{secret()}'", desk.root / "a.py"),), LOCAL)
    assert secret() in cleared.parts[0].text
    assert cleared.redactions == 0
    assert not desk.audit_file.exists()


async def test_no_model_reads_an_excluded_file_also_not_a_local_one(desk: Desk) -> None:
    (desk.root / "link.txt").symlink_to(".env")
    for name in (".env", "sub/.ENV.local", "link.txt"):
        for destination in (LOCAL, CLOUD):
            with pytest.raises(NotAllowed, match=r"privacy\.exclude"):
                await desk.begin().clear((Part("user", "x", desk.root / name),), destination)
    assert not desk.audit_file.exists()


async def test_a_link_does_not_take_a_file_out_of_the_patterns_of_its_folder(desk: Desk) -> None:
    outside = desk.home / "real.yaml"
    outside.write_text("", encoding="utf-8")
    (desk.root / "config").mkdir()
    (desk.root / "config" / "prod.yaml").symlink_to(outside)
    gate = desk.gate(exclude=["/config/prod.yaml"])
    for root, folders in ((desk.root, []), (desk.home / "other", [desk.root]), (None, [desk.root])):
        with pytest.raises(NotAllowed):
            path = desk.root / "config" / "prod.yaml"
            await gate.begin(root, folders=folders).clear((Part("user", "x", path),), LOCAL)


async def test_redaction_can_be_switched_off(desk: Desk) -> None:
    clearance = desk.gate(redact=False).begin(desk.root)
    cleared = await clearance.clear((Part("user", secret()),), CLOUD)
    assert cleared.parts[0].text == secret()
    assert cleared.redactions == 0


async def test_a_secret_found_in_one_part_is_replaced_in_all(desk: Desk) -> None:
    password = planting.password(Random(3))
    parts = (
        Part("user", f"The server said: no {password} for you"),
        Part("user", f"DB_PASSWORD={password}\n", desk.root / "conf"),
        Part("user", f"prefix{password}suffix", desk.root / "other"),
    )
    cleared = await desk.begin().clear(parts, CLOUD)
    assert cleared.redactions == 3
    assert not any(password in part.text for part in cleared.parts)


async def test_the_same_secret_has_the_same_placeholder_over_all_calls_of_a_run_and_another_in_another_run(
    desk: Desk,
) -> None:
    one, other = desk.begin("1"), desk.begin("2")
    texts = [
        (await clearance.clear((Part("user", f"{secret()}{end}"),), CLOUD)).parts[0].text.strip()
        for clearance, end in [(one, ""), (one, "\n"), (other, "")]
    ]
    assert texts[0] == texts[1] != texts[2]


async def test_a_models_earlier_answer_keeps_its_placeholders(desk: Desk) -> None:
    clearance = desk.begin()
    first = await clearance.clear((Part("user", f'password = "{secret()}"', desk.root / "a.py"),), CLOUD)
    answer = first.parts[0].text
    again = await clearance.clear((Part("assistant", answer), Part("user", "Once more.")), CLOUD)
    assert again.parts[0].text == answer
    assert again.redactions == 0


async def test_secrets_known_beforehand_are_replaced_wherever_they_stand(desk: Desk) -> None:
    known = "plain words that are the key"
    clearance = desk.gate(known=(known, "short")).begin(desk.root)
    cleared = await clearance.clear((Part("user", f"a short text, {known}"),), CLOUD)
    assert known not in cleared.parts[0].text
    assert "short" in cleared.parts[0].text


async def test_nobody_has_said_yet(desk: Desk) -> None:
    clearance = desk.gate("ask").begin(desk.root)
    with pytest.raises(NeedsConsent) as caught:
        await clearance.clear((Part("user", "x", desk.root / "a.py"),), CLOUD)
    assert caught.value.root == desk.root
    assert CLOUD.host in str(caught.value)
    assert not desk.audit_file.exists()
    desk.book.record(desk.root, "allow", NOW)
    assert (await clearance.clear((Part("user", "x"),), CLOUD)).chars == 1


@pytest.mark.parametrize("cloud", ["ask", "allow"])
async def test_the_person_said_no(desk: Desk, cloud: str) -> None:
    desk.book.record(desk.root, "never", NOW)
    with pytest.raises(NotAllowed, match="never"):
        await desk.gate(cloud).begin(desk.root).clear((Part("user", "x"),), CLOUD)


async def test_the_settings_say_no(desk: Desk) -> None:
    desk.book.record(desk.root, "allow", NOW)
    with pytest.raises(NotAllowed, match=r"privacy\.cloud"):
        await desk.gate("never").begin(desk.root).clear((Part("user", "x"),), CLOUD)


async def test_a_file_outside_the_workspace_is_asked_about_under_its_own_directory(desk: Desk) -> None:
    desk.book.record(desk.root, "allow", NOW)
    outside = desk.home / "elsewhere" / "b.py"
    clearance = desk.gate("ask").begin(desk.root)
    with pytest.raises(NeedsConsent) as caught:
        await clearance.clear((Part("user", "x", outside),), CLOUD)
    assert caught.value.root == outside.parent
    # A link inside of the workspace does not make it part of it.
    outside.parent.mkdir()
    (desk.root / "in").symlink_to(outside.parent)
    with pytest.raises(NeedsConsent):
        await clearance.clear((Part("user", "x", desk.root / "in" / "b.py"),), CLOUD)
    with_folders = desk.gate("ask").begin(desk.root, folders=[outside.parent])
    desk.book.record(outside.parent, "allow", NOW)
    await with_folders.clear((Part("user", "x", outside),), CLOUD)


async def test_a_file_in_no_workspace_is_asked_about_under_its_own_directory(desk: Desk) -> None:
    path = desk.home / "notes" / "n.txt"
    clearance = desk.gate("ask").begin(None)
    with pytest.raises(NeedsConsent) as caught:
        await clearance.clear((Part("user", "x", path),), CLOUD)
    assert caught.value.root == path.parent
    desk.book.record(path.parent, "allow", NOW)
    await clearance.clear((Part("user", "x", path),), CLOUD)


async def test_what_no_request_can_carry_is_replaced(desk: Desk) -> None:
    for destination in (LOCAL, CLOUD):
        cleared = await desk.begin().clear((Part("user", "a\0b\ud800c\udfffd"),), destination)
        assert cleared.parts[0].text == "a\ufffdb\ufffdc\ufffdd"
        cleared.parts[0].text.encode("utf-8")


async def test_characters_that_nobody_sees_are_marked_for_every_model_and_come_back_in_the_edit(desk: Desk) -> None:
    path = desk.root / "a.py"
    text = "if admin:\u202e # nothing \u2066 here\nx = '\u200b'\n"
    for destination in (LOCAL, CLOUD):
        clearance = desk.begin()
        sent = (await clearance.clear((Part("user", text, path),), destination)).parts[0].text
        assert not any(char in sent for char in "\u202e\u2066\u200b")
        assert "[U+202E:" in sent
        assert clearance.restore_edit(sent, path) == text
        assert clearance.scrub(sent) == "if admin:[U+202E] # nothing [U+2066] here\nx = '[U+200B]'\n"
        with pytest.raises(AlteredPlaceholder):
            clearance.restore_edit(sent, desk.root / "b.py")
        with pytest.raises(AlteredPlaceholder):
            clearance.restore_edit(sent + sent, path)


async def test_a_secret_split_by_characters_that_nobody_sees_is_found(desk: Desk) -> None:
    whole = secret()
    split = f"{whole[:12]}\u200b{whole[12:20]}\u2060{whole[20:]}"
    clearance = desk.begin()
    cleared = await clearance.clear((Part("user", f"key = '{split}'", desk.root / "a"),), CLOUD)
    assert whole[:12] not in cleared.parts[0].text
    assert whole[-8:] not in cleared.parts[0].text
    assert clearance.restore_edit(cleared.parts[0].text, desk.root / "a") == f"key = '{split}'"


async def test_each_release_leaves_one_line_and_no_text_in_the_audit(desk: Desk) -> None:
    clearance = desk.begin("run-7")
    parts = (Part("user", f"key = '{secret()}'", desk.root / "src" / "a.py"), Part("user", "y", desk.home / "b.py"))
    await clearance.clear(parts, CLOUD)
    await clearance.clear(parts, CLOUD)
    read = read_audit(desk.audit_file)
    assert len(read.entries) == 2
    entry = read.entries[0]
    assert entry.at == "2026-11-26T12:00:00.250+00:00"
    assert (entry.run, entry.workspace) == ("run-7", str(desk.root))
    assert (entry.backend, entry.host, entry.model) == ("openai", "api.openai.com", "gpt-5.4")
    assert entry.redactions == 1
    assert entry.files == (str(desk.home / "b.py"), "src/a.py")
    assert entry.file_count == 2
    assert entry.tokens == -(-entry.chars // 4)
    assert "key =" not in desk.audit_file.read_text(encoding="utf-8")
    assert secret() not in desk.audit_file.read_text(encoding="utf-8")


async def test_a_secret_in_a_files_name_does_not_get_into_the_audit(desk: Desk) -> None:
    await desk.begin().clear((Part("user", "x", desk.root / f"{secret()}.txt"),), CLOUD)
    assert secret() not in desk.audit_file.read_text(encoding="utf-8")


async def test_nothing_leaves_without_its_line(desk: Desk) -> None:
    (desk.home / "file").write_text("", encoding="utf-8")
    for log in (AuditLog(None), AuditLog(desk.home / "file" / "audit.jsonl"), AuditLog(desk.root)):
        with pytest.raises(NotAllowed, match="nothing is sent"):
            await desk.gate(audit=log).begin(desk.root).clear((Part("user", "x"),), CLOUD)
        # What stays on this machine needs none.
        await desk.gate(audit=log).begin(desk.root).clear((Part("user", "x"),), LOCAL)


async def test_a_path_that_cannot_exist_breaks_nothing(desk: Desk) -> None:
    gate = desk.gate(exclude=())
    for name in ("a\0b", "\ud800"):
        await gate.begin(desk.root).clear((Part("user", "x", desk.root / name),), LOCAL)


async def test_calls_of_one_run_at_once_share_their_placeholders(desk: Desk) -> None:
    clearance = desk.begin()
    texts = [f"{secret(number % 3)} {number}" for number in range(12)]
    cleared = await asyncio.gather(*(clearance.clear((Part("user", text),), CLOUD) for text in texts))
    words = {each.parts[0].text.split()[0] for each in cleared}
    assert len(words) == 3
    assert all(word.startswith(BEGINNING) for word in words)


async def test_the_event_loop_runs_while_a_text_is_read(desk: Desk) -> None:
    """Not how fast, which no test can say: that the reading is not done on the loop."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await desk.begin().clear((Part("user", "password = get()\n" * 20_000),), CLOUD)
    counting.cancel()
    assert turns > 10


async def test_what_was_cleared_cannot_be_changed(desk: Desk) -> None:
    cleared = await desk.begin().clear((Part("user", "x"),), CLOUD)
    with pytest.raises(dataclasses.FrozenInstanceError):
        cleared.parts = ()
