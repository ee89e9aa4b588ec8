// A name that was chosen, in a real VS Code beside a language that renames: its own rename gives it, in all files.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handsOf } from './hands.mjs';
import { start } from './rig.mjs';

const SHAPE = 'export function area(radius) {\n  return Math.PI * radius ** 2;\n}\n';
const USE = "import { area } from './shape.js';\n\nconsole.log(area(2));\n";

let rig;
let hand;

before(async () => {
  const project = JSON.stringify({ compilerOptions: { module: 'es2022', target: 'es2022', checkJs: true }, include: ['*.js'] });
  rig = await start({ 'shape.js': SHAPE, 'use.js': USE, 'jsconfig.json': project }, { settings: { 'tierlsp.privacy.cloud': 'allow' } });
  hand = handsOf(rig);
  await hand.isThere();
});
after(async () => rig?.stop());

/** Ask for another name at a place, and take one. */
async function take(line, column, name) {
  await rig.served.tell({ say: `${name}\nmeasure` });
  await hand.goTo(line, column);
  await hand.refactor('Find another name');
  await hand.choose(name);
}

test('the name is given in the files that use it, too, and the end says in how many places', async () => {
  await hand.open('shape.js');
  await hand.goTo(1, 18);
  // Its own rename has to be there: F2 opens a box once it is.
  const box = hand.page.locator('.rename-box input');
  await hand.until(async () => {
    await hand.keys.press('F2');
    return box.waitFor({ timeout: 2000 }).then(() => true, () => false);
  }, 'the rename of the language', 60_000);
  await hand.keys.press('Escape');
  await take(1, 18, 'surface');
  await hand.shows('function surface');
  await hand.untilSaved('use.js', (text) => text === USE.replaceAll('area', 'surface'), 'the other file');
  await hand.untilSaved('shape.js', (text) => text === SHAPE.replace('area', 'surface'), 'this file');
  await hand.tells('3 places');
});

test('what the language refuses to rename stays as it is, and the end gives its reason', async () => {
  await take(2, 11, 'Mathematics');
  await hand.until(() => hand.notification('You cannot rename').count(), 'its reason');
  assert.equal(hand.saved('shape.js'), SHAPE.replace('area', 'surface'));
});
