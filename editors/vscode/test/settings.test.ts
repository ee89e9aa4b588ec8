import assert from 'node:assert/strict';
import { test } from 'node:test';
import generated from '../src/generated.json';
import { liveTree, startTree, type Sent, type Values } from '../src/settings';

const KEYS: Record<string, Sent> = { 'tiers.premium': 'start', 'budget.monthlyUsd': 'both', 'completion.multiline': 'live' };

const inspect = (values: Record<string, Values>) => (name: string) => values[name];

test('what nobody set is not sent: a default must not stand above config.toml', () => {
  assert.deepEqual(startTree(KEYS, inspect({})), {});
  assert.deepEqual(liveTree(KEYS, inspect({ 'budget.monthlyUsd': { globalValue: undefined } })), {});
});

test("the person's own caps go at the start, the workspace's where they can only tighten", () => {
  const values = { 'budget.monthlyUsd': { globalValue: 50, workspaceValue: 5 } };
  assert.deepEqual(startTree(KEYS, inspect(values)), { budget: { monthlyUsd: 50 } });
  assert.deepEqual(liveTree(KEYS, inspect(values)), { budget: { monthlyUsd: 5 } });
});

test('a workspace never says where text is sent', () => {
  const values = { 'tiers.premium': { workspaceValue: ['evil/model'], workspaceFolderValue: ['evil/model'] } };
  assert.deepEqual(startTree(KEYS, inspect(values)), {});
  assert.deepEqual(liveTree(KEYS, inspect(values)), {});
});

test('harmless settings follow the innermost value at once', () => {
  const values = { 'completion.multiline': { globalValue: 'auto', workspaceValue: 'always', workspaceFolderValue: 'never' } };
  assert.deepEqual(liveTree(KEYS, inspect(values)), { completion: { multiline: 'never' } });
  assert.deepEqual(startTree(KEYS, inspect(values)), {});
});

test('false and 0 are values', () => {
  assert.deepEqual(startTree({ 'a.b': 'start', 'a.c': 'start' }, inspect({ 'a.b': { globalValue: false }, 'a.c': { globalValue: 0 } })), {
    a: { b: false, c: 0 },
  });
});

test('every setting of the server has its way', () => {
  assert.ok(Object.keys(generated.settings).length > 20);
  assert.ok(Object.values(generated.settings).every((sent) => ['start', 'both', 'live'].includes(sent)));
});
