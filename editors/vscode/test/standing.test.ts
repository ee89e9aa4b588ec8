import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { offerIn, REST_MS, Settling, WAIT_MS, type EditedRun } from '../src/standing';

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

/** Where the runs that have settled are told of, in a time of its own. */
function settling(context: TestContext, stands = (): boolean => true): { settled: string[]; tick: (ms: number) => void; waits: Settling } {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const settled: string[] = [];
  const tell = (run: EditedRun): boolean => stands() && settled.push(run.runId) > 0;
  return { settled, tick: (ms: number) => context.mock.timers.tick(ms), waits: new Settling(tell) };
}

test('it is told once, after the last tool has spoken of the new text', (context) => {
  const { settled, tick, waits } = settling(context);
  waits.begin(RUN);
  waits.spoke(RUN.edited.uri, 7);
  tick(REST_MS - 1);
  waits.spoke(RUN.edited.uri, 7);
  tick(REST_MS - 1);
  assert.deepEqual(settled, []);
  tick(1);
  waits.spoke(RUN.edited.uri, 8);
  tick(WAIT_MS);
  assert.deepEqual(settled, ['a']);
});

test('a tool that takes back its old words first, and finds the same in the new text after a while, is heard', (context) => {
  let isReported = false;
  const { settled, tick, waits } = settling(context, () => isReported);
  waits.begin(RUN);
  waits.spoke(RUN.edited.uri, 7);
  tick(5 * REST_MS);
  isReported = true;
  assert.deepEqual(settled, []);
  waits.spoke(RUN.edited.uri, 7);
  tick(REST_MS);
  assert.deepEqual(settled, ['a']);
  waits.spoke(RUN.edited.uri, 7);
  tick(WAIT_MS);
  assert.deepEqual(settled, ['a']);
});

test('a tool that spoke before the run was told to have ended has spoken', (context) => {
  const { settled, tick, waits } = settling(context);
  waits.spoke(RUN.edited.uri, 7);
  waits.begin(RUN);
  tick(REST_MS);
  assert.deepEqual(settled, ['a']);
});

test('words on the old text, on another file, after the wait or after its end say nothing of the edit', (context) => {
  const { settled, tick, waits } = settling(context);
  waits.spoke(RUN.edited.uri, 6);
  waits.begin(RUN);
  waits.spoke(RUN.edited.uri, 6);
  waits.spoke('file:///w/b.py', 9);
  tick(WAIT_MS);
  waits.spoke(RUN.edited.uri, 7);
  tick(WAIT_MS);
  waits.forget(RUN.edited.uri);
  waits.begin(RUN);
  waits.stop();
  waits.spoke(RUN.edited.uri, 7);
  tick(WAIT_MS);
  assert.deepEqual(settled, []);
});

test('the newest edit is the one that is waited for', (context) => {
  const { settled, tick, waits } = settling(context);
  waits.begin(RUN);
  waits.begin({ ...RUN, runId: 'b', edited: { ...RUN.edited, version: 9 } });
  waits.spoke(RUN.edited.uri, 8);
  tick(REST_MS);
  waits.spoke(RUN.edited.uri, 9);
  tick(REST_MS);
  assert.deepEqual(settled, ['b']);
});
