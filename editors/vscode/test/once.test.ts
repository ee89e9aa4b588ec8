import assert from 'node:assert/strict';
import { test } from 'node:test';
import { once } from '../src/once';

test('the first question is passed on, from whatever place it comes, and no other', () => {
  const asked: string[] = [];
  const ask = once((place: string) => asked.push(place));
  assert.equal(ask('the next line'), 1);
  assert.equal(ask('the next line'), undefined);
  assert.equal(ask('another'), undefined);
  assert.deepEqual(asked, ['the next line']);
});
