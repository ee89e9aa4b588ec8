import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inTheme } from '../src/theme';

const CSS = readFileSync('../../tierlsp/cli/usage.css', 'utf8');

test("the server's page has its dark colours in a dark window alone, whatever the system prefers", () => {
  const [dark, light] = [inTheme(CSS, true), inTheme(CSS, false)];
  for (const styles of [dark, light]) {
    assert.doesNotMatch(styles, /prefers-color-scheme|light dark/);
  }
  assert.match(dark, /color-scheme: dark;[\s\S]*@media all \{\s*:root/);
  assert.match(light, /color-scheme: light;[\s\S]*@media not all \{\s*:root/);
});
