import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { contextsOf, SAMPLE } from '../src/firsts';
import type { Status, TierState } from '../src/protocol';

function statusOf(local: TierState['state'], cheap: TierState['state'], premium: TierState['state']): Status {
  const tier = (state: TierState['state']): TierState => ({ state, model: null, detail: '' });
  return { tiers: { local: tier(local), cheap: tier(cheap), premium: tier(premium) }, runs: [], usd: { day: 0, month: 0, cap: 25 }, paused: false };
}

test('a step is ticked off when what it is for is there', () => {
  assert.deepEqual(contextsOf('missing', undefined), { 'tierlsp.server': 'missing', 'tierlsp.hasLocal': false, 'tierlsp.hasCloud': false });
  const contexts = (...tiers: Parameters<typeof statusOf>) => Object.values(contextsOf('running', statusOf(...tiers))).slice(1);
  assert.deepEqual(contexts('ready', 'unconfigured', 'unconfigured'), [true, false]);
  assert.deepEqual(contexts('loading', 'down', 'ready'), [false, true]);
});

test('every context that a step names is told, or it would never be shown or ticked off', () => {
  const steps = JSON.parse(readFileSync('package.json', 'utf8')).contributes.walkthroughs[0].steps as { when?: string; completionEvents: string[] }[];
  const named = steps.flatMap(({ when = '', completionEvents }) => [when, ...completionEvents].join(' ').match(/tierlsp\.\w+/g) ?? []);
  const told = [...Object.keys(contextsOf('running', undefined)), 'tierlsp.hasTaken', 'tierlsp.hasRun'];
  assert.deepEqual(named.filter((name) => !told.includes(name)), []);
  const source = readFileSync('src/minutes.ts', 'utf8');
  assert.ok(source.includes("'tierlsp.hasTaken'") && source.includes("'tierlsp.hasRun'"));
});

test('the file to try it in ends where typing begins', () => {
  assert.ok(SAMPLE.endsWith('"""\n    '));
});
