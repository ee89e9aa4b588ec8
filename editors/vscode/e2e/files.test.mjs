// Changes of several files in a real VS Code: shown in its refactor preview, and made only as far as they are confirmed.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { handsOf } from './hands.mjs';
import { start } from './rig.mjs';

const AREA = 'import math\n\n\ndef area(radius):\n    return math.pi * radius ** 2\n\n\nprint(area(2))\n';
const SHOP = 'from area import area\n\nprice = 7 * area(2)\n';
const replace = (before, after) => `<<<<<<< SEARCH\n${before}\n=======\n${after}\n>>>>>>> REPLACE\n`;
const CHANGES =
  `FILE F1\n${replace('def area(radius):', 'def surface(radius):')}${replace('print(area(2))', 'print(surface(2))')}` +
  `FILE F2\n${replace('from area import area', 'from area import surface')}${replace('price = 7 * area(2)', 'price = 7 * surface(2)')}END\n`;
const CHANGED = { 'area.py': AREA.replaceAll('area(', 'surface('), 'shop.py': SHOP.replace('import area', 'import surface').replace('area(2)', 'surface(2)') };

let rig;
let hand;

before(async () => {
  rig = await start({ 'area.py': AREA, 'shop.py': SHOP }, { settings: { 'tierlsp.privacy.cloud': 'allow' } });
  hand = handsOf(rig);
  await hand.isThere();
  await rig.served.tell({ say: CHANGES });
});
after(async () => rig?.stop());
afterEach(async () => {
  await hand.palette('Notifications: Clear All Notifications');
  await hand.closeAll();
});

const panel = () => rig.page.locator('.bulk-edit-panel');
const files = () => ({ 'area.py': hand.saved('area.py'), 'shop.py': hand.saved('shop.py') });

/** Have the change made, up to where it is shown: nothing has been changed yet. */
async function propose() {
  await hand.open('area.py');
  await hand.goTo(4, 6);
  await hand.refactor('Change this function and the files that use it');
  await hand.say('call it surface');
  await panel().locator('.monaco-list-row', { hasText: 'shop.py' }).first().waitFor();
  assert.deepEqual(files(), { 'area.py': AREA, 'shop.py': SHOP });
}

/** Tick all changes of a file. */
async function tick(name) {
  const box = panel().locator('.monaco-list-row', { hasText: name }).first().locator('.edit-checkbox');
  await box.click();
  await hand.until(() => box.isChecked(), `the tick at ${name}`);
}

test('changes that are dropped leave every file as it was', async () => {
  await propose();
  await hand.shot('several-files');
  await panel().getByText('Discard').click();
  await hand.tells('the changes were not confirmed in the editor, so nothing was changed');
  assert.deepEqual(files(), { 'area.py': AREA, 'shop.py': SHOP });
  assert.equal(await rig.page.locator('.tab.dirty').count(), 0);
});

test('changes that are confirmed are made in all files, of which one was not open', async () => {
  await propose();
  await tick('area.py');
  await tick('shop.py');
  await panel().getByText('Apply').click();
  await hand.tells('changes 2 files');
  for (const name of Object.keys(CHANGED)) {
    await hand.tab(name);
    await hand.save();
  }
  assert.deepEqual(files(), CHANGED);
});
