import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rename } from '../src/protocol';
import { rename, type RenameEditor } from '../src/rename';

const ASKED: Rename = {
  runId: 'a',
  textDocument: { uri: 'file:///w/a.py', version: 3 },
  position: { line: 0, character: 4 },
  oldName: 'radius',
  newName: 'metres',
};

/** An editor whose rename gives an edit of some places, and which notes what it applied. */
function editor(edit: () => Promise<number | undefined>, more: Partial<RenameEditor<number>> = {}): RenameEditor<number> & { readonly applied: number[] } {
  const applied: number[] = [];
  return {
    applied,
    version: () => 3,
    edit,
    reach: (places) => ({ places, files: Math.min(places, 2) }),
    apply: async (places) => applied.push(places) > 0,
    ...more,
  };
}

const never = (): boolean => false;

test('what the editor renamed is said with how far it reached', async () => {
  const here = editor(async () => 5);
  assert.deepEqual(await rename(ASKED, here, never), { outcome: 'renamed', places: 5, files: 2 });
  assert.deepEqual(here.applied, [5]);
});

for (const [kind, edit] of [['no edit', undefined], ['an empty edit', 0]] as const) {
  test(`${kind} means that nobody renames there, and nothing is applied`, async () => {
    const here = editor(async () => edit);
    assert.deepEqual(await rename(ASKED, here, never), { outcome: 'none' });
    assert.deepEqual(here.applied, []);
  });
}

test('why a language refuses is passed on', async () => {
  const here = editor(async () => Promise.reject(new Error('metres is taken')));
  assert.deepEqual(await rename(ASKED, here, never), { outcome: 'refused', reason: 'metres is taken' });
});

test('a document that is not the one that was meant is left alone, before and after the question', async () => {
  const closed = editor(async () => 5, { version: () => undefined });
  assert.equal((await rename(ASKED, closed, never)).outcome, 'refused');
  let version = 3;
  const typed = editor(async () => ((version = 4), 5), { version: () => version });
  assert.match((await rename(ASKED, typed, never)).reason ?? '', /changed meanwhile/);
  assert.deepEqual([...closed.applied, ...typed.applied], []);
});

test('an answer that comes after the action was cancelled changes nothing', async () => {
  const here = editor(async () => 5);
  assert.deepEqual(await rename(ASKED, here, () => true), { outcome: 'refused', reason: 'the action has ended' });
  assert.deepEqual(here.applied, []);
});

test('changes that the editor does not make are no rename', async () => {
  const here = editor(async () => 5, { apply: async () => false });
  assert.equal((await rename(ASKED, here, never)).outcome, 'refused');
});
