// Settings that are changed while VS Code runs, by writing settings.json; at first there is not even a server.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handsOf } from './hands.mjs';
import { PROGRAM, start } from './rig.mjs';

const AREA = 'import math\n\n\ndef area(radius):\n    return math.pi * radius ** 2\n';
const OWN = { shorten: { title: 'Make it shorter', prompt: 'Make it shorter.', answer: 'edit' } };
const NOWHERE = '/nowhere/bin/tierlsp';

let rig;
let hand;

before(async () => {
  const settings = { 'tierlsp.server.path': undefined, 'tierlsp.privacy.cloud': 'allow' };
  const env = { PATH: '/usr/bin:/bin', VIRTUAL_ENV: undefined, CONDA_PREFIX: undefined };
  rig = await start({ 'area.py': AREA, 'other.py': AREA }, { settings, env });
  hand = handsOf(rig);
  await hand.isThere();
});
after(async () => rig?.stop());

test('no server: that is said plainly, with an offer to install it and one to say where it is', async () => {
  await hand.tells('tierlsp not found');
  const told = hand.notification('was not found; install it (Python 3.11 or newer), or say where it is');
  await told.waitFor();
  await hand.shot('no-server');
  assert.equal(await told.getByText('Say where it is', { exact: true }).count(), 1);
  await told.getByText('Install it', { exact: true }).click();
  await hand.until(async () => (await hand.rows()).some((row) => row.includes('in a Python environment of its own')), 'ways to install it');
  await hand.keys.press('Escape');
  const menu = await hand.menu();
  assert.match(menu[0], /Install the server/);
  await hand.keys.press('Escape');
  assert.deepEqual(rig.servers(), []);
});

test('a path to a server that is none is named, and a right one is used at once', async () => {
  rig.set({ 'tierlsp.server.path': NOWHERE });
  const told = hand.notification(`names no program (${NOWHERE})`);
  await told.waitFor();
  assert.equal(await told.getByText('Install it', { exact: true }).count(), 0);
  rig.set({ 'tierlsp.server.path': PROGRAM });
  await hand.open('area.py');
  await hand.tells('qwen2.5-coder:1.5b-base');
  assert.equal(rig.servers().length, 1);
});

test('an action of your own is in the menu as soon as settings.json has it', async () => {
  await hand.goTo(5, 12);
  assert.ok(!(await hand.actions()).some((title) => title.includes('Make it shorter')));
  rig.set({ 'tierlsp.actions': OWN });
  await hand.until(async () => (await hand.actions()).some((title) => title.includes('Make it shorter')), 'the action');
});

test('another model for a tier is the one in the menu', async () => {
  assert.ok((await hand.actions()).some((title) => title.includes('cheap · small')));
  rig.set({ 'tierlsp.tiers.cheap': ['work/tiny'], 'tierlsp.prices': { 'work/tiny': { input: 1, output: 2 } } });
  await hand.until(async () => (await hand.actions()).some((title) => title.includes('cheap · tiny')), 'the other model');
  assert.ok(!(await hand.actions()).some((title) => title.includes('cheap · small')));
});

test('a workspace can say that nothing goes to a cloud; it cannot say who is asked', async () => {
  rig.setInWorkspace({ 'tierlsp.tiers.cheap': ['work/chosen-by-the-workspace'], 'tierlsp.privacy.cloud': 'never' });
  await hand.until(async () => (await hand.actions()).some((title) => title.includes('No model can do this now')), 'the word that nothing can be done');
  rig.setInWorkspace({ 'tierlsp.tiers.cheap': ['work/chosen-by-the-workspace'] });
  await hand.until(async () => (await hand.actions()).some((title) => title.includes('cheap · tiny')), 'the model that was there before');
});

test('ghost text goes and comes with the setting', async () => {
  await hand.open('other.py');
  await hand.keys.press('Control+End');
  const line = async (name) => {
    await hand.keys.type(`\n${name} = ma`, { delay: 80 });
    await hand.sleep(1500);
    return (await hand.ghost()).trim();
  };
  let number = 0;
  await hand.until(() => line(`wide_${(number += 1)}`), 'ghost text');
  rig.setInWorkspace({ 'tierlsp.completion.enabled': false });
  await hand.until(async () => !(await line(`deep_${(number += 1)}`)), 'no ghost text');
  const { completions } = await rig.served.tell({});
  assert.equal(await line('high_1'), '');
  assert.equal((await rig.served.tell({})).completions, completions);
  rig.setInWorkspace({});
  await hand.until(() => line(`long_${(number += 1)}`), 'ghost text again');
});
