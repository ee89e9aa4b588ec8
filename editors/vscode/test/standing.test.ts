import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { RunArgument } from '../src/protocol';
import { offerIn, REST_MS, Settling, WAIT_MS, type EditedRun, type Offer } from '../src/standing';

const PLACE = { start: { line: 3, character: 0 }, end: { line: 4, character: 9 } };
const RUN: EditedRun = {
  runId: 'a', action: 'fix', outcome: 'done', tier: 'cheap', model: 'work/small', usd: 0, reason: '', message: 'words', nextTier: null,
  edited: { uri: 'file:///w/a.py', version: 7, range: PLACE },
};
const entry = (after: string | undefined): object => ({
  title: 'Fix with premium: “x” still stands (premium · large · ≤ $0.19)',
  command: { title: '', command: 'tierlsp.run', arguments: [{ action: 'fix', uri: 'file:///w/a.py', tier: 'premium', maxUsd: 0.19, after }] },
});

test('the offer for a run is found among the entries of a menu, and no other one is taken for it', () => {
  assert.equal(offerIn([{ title: 'Fix this problem' }, entry('b'), entry('a')], 'a')?.argument.maxUsd, 0.19);
  for (const menu of [null, undefined, 'x', [], [{ title: 'Fix this problem' }], [entry('b')], [entry(undefined)], [{ command: entry('a') }]]) {
    assert.equal(offerIn(menu, 'a'), undefined);
  }
});

/** Where what was found is told of, in a time of its own. */
function settling(context: TestContext, stands = (): boolean => true): { settled: string[]; tick: (ms: number) => Promise<void>; waits: Settling } {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const settled: string[] = [];
  const tick = async (ms: number): Promise<void> => {
    context.mock.timers.tick(ms);
    await new Promise(setImmediate);
  };
  const look = (run: EditedRun): Promise<Offer | undefined> => Promise.resolve(stands() ? { title: run.runId, argument: {} as RunArgument } : undefined);
  return { settled, tick, waits: new Settling(look, ({ title }) => settled.push(title)) };
}

test('it is told once, after the last tool has spoken of the new text', async (context) => {
  const { settled, tick, waits } = settling(context);
  waits.begin(RUN);
  waits.spoke(RUN.edited.uri, 7);
  await tick(REST_MS - 1);
  waits.spoke(RUN.edited.uri, 7);
  await tick(REST_MS - 1);
  assert.deepEqual(settled, []);
  await tick(1);
  waits.spoke(RUN.edited.uri, 8);
  await tick(WAIT_MS);
  assert.deepEqual(settled, ['a']);
});

test('a tool that takes back its old words first, and finds the same in the new text after a while, is heard', async (context) => {
  let isReported = false;
  const { settled, tick, waits } = settling(context, () => isReported);
  waits.begin(RUN);
  waits.spoke(RUN.edited.uri, 7);
  await tick(5 * REST_MS);
  isReported = true;
  assert.deepEqual(settled, []);
  waits.spoke(RUN.edited.uri, 7);
  await tick(REST_MS);
  assert.deepEqual(settled, ['a']);
  waits.spoke(RUN.edited.uri, 7);
  await tick(WAIT_MS);
  assert.deepEqual(settled, ['a']);
});

test('a tool that spoke before the run was told to have ended has spoken', async (context) => {
  const { settled, tick, waits } = settling(context);
  waits.spoke(RUN.edited.uri, 7);
  waits.begin(RUN);
  await tick(REST_MS);
  assert.deepEqual(settled, ['a']);
});

test('words on the old text, on another file, after the wait or after its end say nothing of the edit', async (context) => {
  const { settled, tick, waits } = settling(context);
  waits.spoke(RUN.edited.uri, 6);
  waits.begin(RUN);
  waits.spoke(RUN.edited.uri, 6);
  waits.spoke('file:///w/b.py', 9);
  await tick(WAIT_MS);
  waits.spoke(RUN.edited.uri, 7);
  await tick(WAIT_MS);
  waits.forget(RUN.edited.uri);
  waits.begin(RUN);
  waits.stop();
  waits.spoke(RUN.edited.uri, 7);
  await tick(WAIT_MS);
  assert.deepEqual(settled, []);
});

test('an edit that was made while the last one was looked at is the one that counts', async (context) => {
  const { settled, tick, waits } = settling(context);
  waits.begin(RUN);
  waits.spoke(RUN.edited.uri, 7);
  context.mock.timers.tick(REST_MS);
  waits.begin({ ...RUN, runId: 'b', edited: { ...RUN.edited, version: 9 } });
  await tick(0);
  assert.deepEqual(settled, []);
});

test('the newest edit is the one that is waited for', async (context) => {
  const { settled, tick, waits } = settling(context);
  waits.begin(RUN);
  waits.begin({ ...RUN, runId: 'b', edited: { ...RUN.edited, version: 9 } });
  waits.spoke(RUN.edited.uri, 8);
  await tick(REST_MS);
  waits.spoke(RUN.edited.uri, 9);
  await tick(REST_MS);
  assert.deepEqual(settled, ['b']);
});
