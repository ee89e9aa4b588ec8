// A server that is found, that comes back after it was killed, and what its item in the status bar leads to.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handsOf } from './hands.mjs';
import { start } from './rig.mjs';

const TEXT = 'import math\n\n\ndef area(radius):\n    return math.pi * radius ** 2\n';

let rig;
let hand;

before(async () => {
  rig = await start({ 'area.py': TEXT });
  hand = handsOf(rig);
});
after(async () => rig?.stop());

test('the server is found and serves: the status bar names the model', async () => {
  await hand.isThere();
  await hand.open('area.py');
  await hand.tells('qwen2.5-coder:1.5b-base');
});

test('a server that was killed comes back and serves', async () => {
  const [mine, ...others] = rig.servers();
  assert.deepEqual(others, []);
  process.kill(mine, 'SIGKILL');
  await hand.until(() => rig.servers().length === 1 && rig.servers()[0] !== mine, 'a new server');
  await hand.keys.press('Control+End');
  await hand.keys.type('\n\ndef round(radius):\n    return ', { delay: 80 });
  // The new server may have come after the last key.
  await hand.until(async () => {
    await hand.keys.press('Backspace');
    await hand.keys.press('Space');
    await hand.sleep(500);
    return (await hand.ghost()).trim();
  }, 'ghost text of the new server');
  await hand.keys.press('Escape');
});

test('the menu behind the status bar item, the doctor and the usage page', async () => {
  await hand.menu();
  await hand.shot('menu');
  await hand.choose('Doctor');
  await hand.reads('tierlsp doctor');
  await hand.palette('tierlsp: Usage');
  await hand.reads('What the models cost');
  await hand.shot('usage');
});
