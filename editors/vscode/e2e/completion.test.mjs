// Ghost text in a real VS Code: shown, taken, taken in part, taken back, sent away; and a long session of typing.
//
// KEYS=2000 types as long as is promised, at 12 keys a second; without it the session is shorter.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handsOf } from './hands.mjs';
import { start } from './rig.mjs';
import { typeStory } from './typist.mjs';

const TEXT = 'import math\n\n\ndef area(radius):\n    return math.pi * radius ** 2\n';
const TYPED = '\n\ndef length(radius):\n    return ';
/** A key is what it says, and nothing else: what VS Code adds and takes away by itself is no matter of ours. */
const PLAIN = {
  'editor.detectIndentation': false,
  'editor.autoIndent': 'none',
  'editor.useTabStops': false,
  'editor.trimAutoWhitespace': false,
};
const KEYS = Number(process.env.KEYS ?? 400);

let rig;
let hand;

before(async () => {
  rig = await start({ 'area.py': TEXT, 'story.py': '', 'blocks.py': '' }, { settings: { ...PLAIN, 'tierlsp.completion.multiline': 'never' } });
  hand = handsOf(rig);
  await hand.isThere();
});
after(async () => rig?.stop());

test('a file is opened and typed in, ghost text is shown, taken as a whole, and taken back by one undo', async () => {
  await hand.open('area.py');
  await hand.keys.press('Control+End');
  await hand.keys.type(TYPED, { delay: 80 });
  // What the embedded completer has to say may come first, and be less.
  await hand.until(async () => /math\.pi|radius/.test(await hand.ghost()), 'what the model says');
  await hand.shot('ghost-text');
  await hand.keys.press('Tab');
  await hand.save();
  assert.notEqual(hand.saved('area.py'), TEXT + TYPED);
  assert.ok(hand.saved('area.py').startsWith(TEXT + TYPED));
  await hand.keys.press('Control+Z');
  await hand.save();
  assert.equal(hand.saved('area.py').trimEnd(), (TEXT + TYPED).trimEnd());
});

test('ghost text grows while nobody presses a key, and Tab takes what it has become', async () => {
  await rig.served.tell({ hold: true });
  await hand.keys.type('\n    side = ', { delay: 80 });
  await hand.untilGhost();
  assert.doesNotMatch(await hand.ghost(), /radius/);
  await rig.served.tell({});
  await hand.until(async () => /math\.pi \* radius \* 2$/.test(await hand.ghost()), 'the rest of the line');
  await hand.keys.press('Tab');
  await hand.save();
  assert.match(hand.saved('area.py'), /\n    side = math\.pi \* radius \* 2$/);
});

test('Escape sends ghost text away', async () => {
  await hand.keys.type('\nhigh = m', { delay: 80 });
  await hand.untilGhost();
  await hand.keys.press('Escape');
  await hand.untilNoGhost();
});

test('a word of ghost text can be taken', async () => {
  await hand.keys.type('\nwide = ', { delay: 80 });
  await hand.untilGhost();
  await hand.keys.press('Control+ArrowRight');
  await hand.save();
  assert.match(hand.saved('area.py'), /\n *wide = \w+$/);
});

test('beside the list of suggestions ghost text goes on behind the entry that is selected, and grows', async () => {
  await hand.keys.type('\ndeep = ra', { delay: 80 });
  await hand.untilGhost();
  await hand.keys.press('Escape');
  await rig.served.tell({ hold: true });
  await hand.keys.press('Control+Space');
  await hand.until(async () => (await hand.ghost()).startsWith('dius'), 'the rest of the entry');
  assert.doesNotMatch(await hand.ghost(), /radius/);
  await rig.served.tell({});
  await hand.until(async () => /^diusmath\.pi \* radius \* 2$/.test(await hand.ghost()), 'the rest of the line');
  await hand.keys.press('Tab');
  await hand.until(async () => (await hand.ghost()) === 'math.pi * radius * 2', 'what is left of it');
  await hand.keys.press('Tab');
  await hand.save();
  assert.match(hand.saved('area.py'), /\ndeep = radiusmath\.pi \* radius \* 2$/);
});

test(`${KEYS} keys at 12 a second, with ghost texts taken, make the file that a plain editor makes`, async (run) => {
  await hand.open('story.py');
  const { taken, unseen, plain } = await typeStory(rig, KEYS);
  run.diagnostic(`${taken} ghost texts were taken, ${unseen} of them newer than the screen`);
  assert.ok(taken >= KEYS / 100, `only ${taken} ghost texts were taken`);
  assert.ok(unseen <= 1 + taken / 10, `${unseen} of ${taken} ghost texts were not what was on the screen`);
  await hand.save();
  assert.equal(hand.saved('story.py'), plain);
});

test(`${KEYS / 2} keys with ghost texts of several lines make it too`, async (run) => {
  rig.set({ 'tierlsp.completion.multiline': 'always' });
  await hand.open('blocks.py');
  const { taken, unseen, several, plain } = await typeStory(rig, KEYS / 2);
  run.diagnostic(`${taken} ghost texts were taken, ${several} of several lines, ${unseen} newer than the screen`);
  assert.ok(several >= Math.floor(KEYS / 400), `only ${several} ghost texts of several lines were taken`);
  await hand.save();
  assert.equal(hand.saved('blocks.py'), plain);
});
