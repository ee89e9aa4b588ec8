import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canRefresh } from '../src/abilities';

test('ghost text is made better in a VS Code that can ask one provider alone, and in none before it', () => {
  assert.deepEqual(['1.106.0', '1.139.1', '1.200.0-insider', '2.0.0'].filter(canRefresh).length, 4);
  assert.deepEqual(['1.91.0', '1.105.1', '1.105.1-insider', '0.107.0', ''].filter(canRefresh), []);
});
