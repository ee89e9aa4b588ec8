// The first minutes of somebody new, by the walkthrough: no server, no Ollama, no key. Each button is pressed, and what
// it promises is looked for. SHOTS=1 keeps a picture of each step, THEME='Default Light Modern' draws it so.
//
// Python and pip are real, with wheels in a folder for an index; ollama is a stand-in, which does on this machine what the
// real one does over the network.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { handsOf } from './hands.mjs';
import { SAMPLE } from '../src/firsts.ts';
import { HERE, PROGRAM, start } from './rig.mjs';

const MODEL = 'qwen2.5-coder:1.5b-base';
const KEY_NAME = 'OPENROUTER_API_KEY';
const KEY = 'sk-or-not-a-real-one-0123456789';
/** How the file to try it in goes on, as the model knows it. */
const SURFACE = 'if radius < 0:\n        raise ValueError(f"a radius of {radius}")\n    return 4 * math.pi * radius ** 2\n';
const bin = mkdtempSync(join(tmpdir(), 'bin-'));
/** What pip takes for the index: nothing is in it at first. */
const wheels = mkdtempSync(join(tmpdir(), 'wheels-'));
const python = join(PROGRAM, '../python');

let rig;
let hand;
let page;

/** Put a program into the only folder of the PATH that is ours. */
function program(name, script) {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

before(async () => {
  program('python3', `exec ${python} "$@"`);
  program('uv', 'exit 1');
  const env = { PATH: `${bin}:/usr/bin:/bin`, PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels, VIRTUAL_ENV: undefined, [KEY_NAME]: undefined };
  const unset = ['server.path', 'backends', 'tiers.local', 'tiers.cheap', 'tiers.premium', 'prices'];
  const settings = Object.fromEntries(unset.map((name) => [`tierlsp.${name}`, undefined]));
  rig = await start({ 'area.py': 'import math\n' }, { env, settings });
  ({ page } = rig);
  hand = handsOf(rig);
  await hand.isThere();
  await rig.served.tell({ ollama: false, models: [], story: SAMPLE + SURFACE });
  // What a step says in full stands beside it only where there is room.
  await command('View: Close Primary Side Bar');
});
after(async () => {
  await rig?.stop();
  [bin, wheels].forEach((folder) => rmSync(folder, { recursive: true }));
});

const step = (id) => page.locator(`.getting-started-step[data-step-id="tierlsp.tierlsp#first#${id}"]`);

/** Run a command from the palette; a page that changes may take the palette away, so ask again. */
async function command(title) {
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
  await hand.until(async () => {
    await hand.keys.press('F1');
    const isFilled = await page.locator('.quick-input-box input').first().fill(`>${title}`, { timeout: 2000 }).then(() => true, () => false);
    return isFilled && row.click({ timeout: 3000 }).then(() => true, () => false);
  }, `the command ${title}`);
}

const clear = () => command('Notifications: Clear All Notifications');

/** Come to a step of the walkthrough, whatever is open. */
async function turnTo(id) {
  await hand.keys.press('Escape');
  await command('tierlsp: The First Minutes');
  await hand.until(async () => {
    await step(id).click({ timeout: 2000 }).catch(() => undefined);
    return step(id).and(page.locator('.expanded')).count();
  }, `the step ${id}`);
}

const press = (id, button) => step(id).getByText(button, { exact: true }).click();
const untilDone = (id) => step(id).locator('.codicon.complete').waitFor();

/** Answer a question in the middle of the window; return what it said. */
async function dialog(button) {
  const box = page.locator('.monaco-dialog-box').first();
  await box.waitFor();
  const text = await box.textContent();
  await box.getByText(button, { exact: true }).click();
  return text;
}

/** The environments of the servers that run; one may end meanwhile. */
const environs = () =>
  rig.servers().map((id) => {
    try {
      return readFileSync(`/proc/${id}/environ`, 'utf8').split('\0');
    } catch {
      return [];
    }
  });

test('the server: what is run is told before it is, a failure says what to do, and the step is ticked off once it runs', async () => {
  await hand.notification('was not found').waitFor();
  await turnTo('install');
  await press('install', 'Install It');
  await hand.choose('for VS Code alone');
  const asked = await dialog('Run it');
  assert.match(asked, /-m venv .+-m pip install --upgrade tierlsp/);
  assert.match(asked, /PyPI/);
  await hand.until(() => hand.notification('was not installed').count(), 'what went wrong', 120_000);
  await hand.shot('install-failed');
  assert.match(await hand.notification('was not installed').textContent(), /has no package "tierlsp"; in a clone/);
  assert.deepEqual(rig.servers(), []);

  const made = spawnSync(python, ['-m', 'pip', 'wheel', '-q', '--wheel-dir', wheels, join(HERE, '../../..')], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  await clear();
  await turnTo('install');
  await press('install', 'Install It');
  await hand.until(async () => (await hand.rows()).some((row) => row.includes('with uv')), 'another way to install it');
  await hand.choose('for VS Code alone');
  await dialog('Run it');
  await hand.until(() => rig.servers().length === 1, 'the server', 120_000);
  await step('server').waitFor();
  await turnTo('server');
  await untilDone('server');
  await press('server', 'Ask the Doctor');
  await hand.reads('nobody answers for Ollama');
  await hand.shot('walkthrough');
  await command('View: Close All Editors');
});

test('a model: without Ollama that is said; with it, pulling shows how far it is, and the model completes', async () => {
  await turnTo('model');
  await press('model', 'Pull a Model');
  await hand.choose(MODEL);
  await hand.notification('the program `ollama` was not found').waitFor();
  await clear();

  const go = join(rig.home, 'go');
  const bar = (percent) => `printf '\\033[?25lpulling manifest \\033[K\\npulling 29d8c98fa6b0: ${String(percent).padStart(3)}%% ▕███      ▏ 463 MB/986 MB  61 MB/s  8s\\033[K' >&2`;
  program('ollama', `[ "$*" = "pull ${MODEL}" ] || exit 1\n${bar(12)}\nsleep 1\n${bar(47)}\nwhile [ ! -e ${go} ]; do sleep 0.1; done\n${bar(100)}`);
  await turnTo('model');
  await press('model', 'Pull a Model');
  await hand.choose(MODEL);
  await hand.until(() => hand.notification('47 %').count(), 'how far the pull is');
  await hand.shot('pulling');
  await rig.served.tell({ ollama: true, models: [MODEL] });
  writeFileSync(go, '');
  await hand.notification('is there').waitFor();
  await clear();
  await hand.tells(MODEL);
  await turnTo('modelFound');
  await untilDone('modelFound');
});

test('a key: it goes into the secret storage and the environment of the server, and into no file', async () => {
  await turnTo('keys');
  await press('keys', 'Give a Key');
  await hand.until(() => page.locator('.quick-input-list .monaco-list-row').count(), 'the list of keys');
  await hand.shot('keys');
  assert.equal(await step('keys').locator('.codicon.complete').count(), 0);
  await hand.choose(KEY_NAME);
  await page.locator('.quick-input-widget input[type="password"]').waitFor();
  await hand.say(KEY);
  const told = () => environs().map((environ) => environ.includes(`${KEY_NAME}=${KEY}`));
  await hand.until(() => told().length === 1 && told()[0], 'the key in the environment of the server');
  await untilDone('keys');
  const holding = readdirSync(rig.home, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .filter((file) => readFileSync(file).includes(KEY));
  assert.deepEqual(holding, []);

  // A provider on this machine for what follows; the server starts anew with it.
  const another = (old) => hand.until(() => rig.servers().length === 1 && rig.servers()[0] !== old, 'another server', 60_000);
  const [second] = rig.servers();
  rig.set({
    'tierlsp.backends': { work: { kind: 'litellm', baseUrl: rig.served.cloud, apiKeyEnv: 'WORK_KEY' } },
    'tierlsp.tiers.cheap': ['work/small'],
    'tierlsp.tiers.premium': ['work/large'],
    'tierlsp.prices': { 'work/small': { input: 1, output: 2 }, 'work/large': { input: 3, output: 15 } },
  });
  await another(second);
  // The key is there in the next window, too.
  const [third] = rig.servers();
  await page.reload();
  await hand.isThere();
  await another(third);
  assert.deepEqual(told(), [true]);
  await hand.tells(MODEL);
});

test('the first ghost text: a file is opened, two keys bring it, Tab takes it', async () => {
  await turnTo('type');
  await press('type', 'Open a File to Try It In');
  await page.locator('.tab.active', { hasText: 'Untitled' }).waitFor();
  await page.locator('.editor-group-container.active .view-lines').waitFor();
  await hand.untilIdle();
  await hand.keys.type('if', { delay: 120 });
  const text = await hand.untilGhost();
  await hand.shot('first-ghost-text');
  await hand.keys.press('Tab');
  assert.match(text, /radius < 0:/);
  await hand.shows('if radius < 0:');
  await turnTo('type');
  await untilDone('type');
});

test('the first action: the menu is that of the text, and asks before anything leaves', async () => {
  const entry = page.locator('.action-widget .monaco-list-row', { hasText: 'Explain' }).first();
  // VS Code takes a menu away when something changes meanwhile: ask again.
  await hand.until(async () => {
    await turnTo('action');
    await press('action', 'Show the Actions');
    return entry.waitFor({ timeout: 5000 }).then(() => true, () => false);
  }, 'the menu', 60_000);
  await hand.shot('first-actions');
  assert.match(await entry.textContent(), /\(cheap · small · ≤ \$0\.\d+\)/);
  await entry.click();
  await hand.answer('Allow for this workspace', 'Allow for this workspace');
  await hand.reads('area of a circle');
  assert.equal((await rig.served.tell({})).questions, 1);
  await turnTo('action');
  await untilDone('action');
  await hand.shot('walkthrough-done');
});
