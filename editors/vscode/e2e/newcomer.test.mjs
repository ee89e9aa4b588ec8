// What a newcomer has: no Ollama, no key. Nothing breaks, each lack is named with its cure, and each cure works.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handsOf } from './hands.mjs';
import { start } from './rig.mjs';

const AREA = 'import math\n\n\ndef area(radius):\n    return math.pi * radius ** 2\n';
const LEARNT = Array.from({ length: 8 }, (_, number) => `def price_${number}(order):\n    return order.amount * exchange_rate(order.currency)\n\n\n`).join('');
const TIERS = ['tierlsp.backends', 'tierlsp.tiers.cheap', 'tierlsp.tiers.premium', 'tierlsp.tiers.local', 'tierlsp.prices'];

let rig;
let hand;

before(async () => {
  const settings = Object.fromEntries(TIERS.map((name) => [name, undefined]));
  const keys = Object.keys(process.env).filter((name) => /_(KEY|TOKEN)$/.test(name));
  const env = Object.fromEntries([...keys, 'WORK_KEY'].map((name) => [name, undefined]));
  rig = await start({ 'area.py': AREA, 'prices.py': LEARNT }, { settings, env, ollama: false });
  hand = handsOf(rig);
  await hand.isThere();
});
after(async () => rig?.stop());

test('no Ollama: nothing is in the way, and the menu says what is missing and how to get it', async () => {
  await hand.open('area.py');
  const lacks = async () => (await hand.menu().finally(() => hand.keys.press('Escape'))).find((row) => row.includes('Pull a model'));
  assert.match(await hand.until(lacks, 'the entry that says what is missing'), /nobody answers for Ollama/);
  assert.equal(await rig.page.locator('.notification-list-item').count(), 0);
});

test('no Ollama: the embedded completer goes on with what the file has', async () => {
  await hand.open('prices.py');
  await hand.keys.press('Control+End');
  await hand.keys.type('def price_9(order):\n    return order.am', { delay: 80 });
  assert.match(await hand.untilGhost(), /ount/);
  await hand.keys.press('Tab');
  await hand.shows('def price_9(order)');
  await hand.save();
  assert.ok(hand.saved('prices.py').startsWith(`${LEARNT}def price_9(order):\n    return order.amount`));
});

test('no key: the menu of actions says which key to give, and where', async () => {
  await hand.open('area.py');
  await hand.goTo(5, 12);
  await hand.pick('see why, or give an API key');
  await hand.notification('OPENROUTER_API_KEY').waitFor();
  await hand.shot('no-key');
  await hand.answer('OPENROUTER_API_KEY', 'Give a key');
  await hand.until(async () => (await hand.rows()).some((row) => row.includes('OPENROUTER_API_KEY')), 'the list of keys');
  await hand.keys.press('Escape');
});

test('a wrong key is said to be refused; the right one, given to the secret storage, serves', async () => {
  rig.set({
    'tierlsp.backends': { work: { kind: 'litellm', baseUrl: rig.served.cloud, apiKeyEnv: 'WORK_KEY' } },
    'tierlsp.tiers.cheap': ['work/small'],
    'tierlsp.privacy.cloud': 'allow',
  });
  const title = () => rig.page.locator('.quick-input-title').textContent();
  const give = async (key) => {
    const [before] = rig.servers();
    await hand.palette('tierlsp: API Keys');
    await hand.until(async () => (await title()).startsWith('API keys'), 'the list of keys');
    if ((await hand.rows()).some((row) => row.includes('WORK_KEY'))) {
      await hand.choose('WORK_KEY');
    } else {
      await hand.seek('Another variable');
      await hand.until(async () => (await title()).startsWith('The variable'), 'the question for its name');
      await hand.say('WORK_KEY');
    }
    await hand.until(async () => (await title()) === 'WORK_KEY', 'the question for the key');
    await hand.say(key);
    await hand.until(() => rig.servers().length === 1 && rig.servers()[0] !== before, 'a server that has the key');
  };
  await give('sk-wrong');
  await hand.open('area.py');
  await hand.goTo(5, 12);
  await hand.pick('Explain');
  await hand.notification('does not take the API key').waitFor();
  await hand.palette('Notifications: Clear All Notifications');
  await give(rig.served.key);
  await hand.open('area.py');
  await hand.goTo(5, 12);
  await hand.pick('Explain');
  await hand.reads('area of a circle');
});

test('an Ollama that is started later serves', async () => {
  await rig.served.tell({ ollama: true });
  await hand.until(async () => {
    await hand.open('area.py');
    await hand.keys.press('Control+End');
    await hand.keys.type('m');
    return rig.page.locator('.statusbar-item', { hasText: 'qwen2.5-coder:1.5b-base' }).count();
  }, 'its model in the status bar', 60_000);
});
