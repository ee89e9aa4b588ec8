import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finished } from '../src/protocol';
import { policyOf, withPolicy } from '../src/policy';
import { percentOf } from '../src/pull';
import { chosenRun, isGood, questionOf, rootOf } from '../src/questions';
import { MOST_RESTARTS, Restarts, WITHIN_MS } from '../src/restarts';

const END: Finished = {
  runId: 'a', action: 'fix', outcome: 'done', tier: null, model: null, usd: null, reason: '', message: 'words', nextTier: null,
};
const ARGUMENT = { action: 'fix', uri: 'file:///w/a.py', maxUsd: 0.1 };

test('what was chosen is run again at the same place', () => {
  assert.deepEqual(chosenRun({ ...ARGUMENT, action: 'names' }, 'metres'), { ...ARGUMENT, action: 'names', choice: 'metres' });
});

test('an end that needs nothing asks nothing', () => {
  assert.equal(questionOf(END, ARGUMENT), undefined);
  assert.equal(questionOf({ ...END, outcome: 'failed' }, ARGUMENT), undefined);
});

test('consent is asked with an answer that goes on and one that never does; no answer does nothing', () => {
  const question = questionOf({ ...END, outcome: 'needs-consent' }, ARGUMENT);
  assert.deepEqual(question?.answers.map(({ consent, run }) => [consent, run]), [['allow', ARGUMENT], ['never', undefined]]);
});

test('the next tier is asked without the price of the first one', () => {
  const question = questionOf({ ...END, outcome: 'over-budget', nextTier: 'premium' }, ARGUMENT);
  assert.deepEqual(question?.answers.map(({ run }) => run), [{ action: 'fix', uri: 'file:///w/a.py', tier: 'premium' }]);
  assert.equal(question?.answers[0]?.consent, undefined);
});

test('of a tier that begins on this machine, the model that was named is asked', () => {
  const question = questionOf({ ...END, outcome: 'needs-consent', nextTier: 'cheap', nextModel: 'work/small' }, ARGUMENT);
  assert.deepEqual(question?.answers.map(({ title, run }) => [title, run?.tier, run?.model]), [['Ask work/small', 'cheap', 'work/small']]);
});

test('only ends that went wrong warn', () => {
  assert.ok(isGood(END) && isGood({ ...END, outcome: 'cancelled' }) && !isGood({ ...END, outcome: 'failed' }));
});

test('consent is kept for the innermost folder, and never for one that only begins alike', () => {
  assert.equal(rootOf('/w/a/b.py', ['/w', '/w/a'], '/', '/h'), '/w/a');
  assert.equal(rootOf('/wide/b.py', ['/w'], '/', '/h'), '/wide');
});

test('consent for a text that is no file yet is kept where the server looks for it', () => {
  assert.equal(rootOf(undefined, ['/w'], '/', '/h'), '/h');
});

test('a server that keeps ending is left alone, and forgiven later', () => {
  const restarts = new Restarts();
  const seen = Array.from({ length: MOST_RESTARTS + 1 }, (_, index) => restarts.mayRestart(index));
  assert.deepEqual(seen, [...Array(MOST_RESTARTS).fill(true), false]);
  assert.ok(restarts.mayRestart(WITHIN_MS + 10));
});

test('a page may show its own styles and nothing else', () => {
  const page = '<!doctype html><html><head><style>a{}</style></head><body><script>1</script></body></html>';
  assert.match(policyOf(page), /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'none'; base-uri 'none'$/);
  assert.ok(withPolicy(page).indexOf('Content-Security-Policy') < withPolicy(page).indexOf('<style>'));
  assert.ok(!policyOf(page).includes('script') && !policyOf(page).includes('unsafe'));
});

test('the percentage of a pull is read from its lines', () => {
  assert.equal(percentOf('pulling aa… 12% ▕█ ▏ 100 MB\rpulling aa… 13%'), 13);
  assert.equal(percentOf('verifying'), undefined);
});
