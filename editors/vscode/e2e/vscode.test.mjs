// The extension in a real VS Code, as a person uses it. `get.sh` fetches what it needs; SHOTS=1 keeps the screenshots.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HERE, start } from './rig.mjs';

const TEXT = 'import math\n\n\ndef area(radius):\n    return math.pi * radius ** 2\n';
const TYPED = '\n\ndef length(radius):\n    return ';
const WAIT_MS = 20_000;
const GHOST = '.view-lines [class*="ghost-text"]';

let rig;
let page;

before(async () => {
  rig = await start({ 'area.py': TEXT });
  page = rig.page;
  page.setDefaultTimeout(WAIT_MS);
});

after(async () => rig?.stop());

/** Wait until `look` returns something true, and return that. */
async function until(look, what) {
  const end = performance.now() + WAIT_MS;
  while (performance.now() < end) {
    const found = await look();
    if (found) {
      return found;
    }
    await sleep(100);
  }
  await page.screenshot({ path: join(process.env.FAILED ?? rig.home, 'failed.png') });
  throw new Error(`waited in vain for ${what}`);
}

async function shot(name) {
  if (process.env.SHOTS) {
    await page.screenshot({ path: join(HERE, '../screenshots', `${name}.png`) });
  }
}

const saved = () => readFileSync(join(rig.workspace, 'area.py'), 'utf8');

async function save() {
  await page.keyboard.press('Control+S');
  await page.waitForSelector('.tab.active:not(.dirty)');
}

async function palette(command) {
  await page.keyboard.press('F1');
  await page.waitForSelector('.quick-input-widget input:focus');
  await page.keyboard.type(command);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: command }).first().click();
}

async function focusText() {
  await page.locator('.editor-group-container .view-lines').first().click({ position: { x: 200, y: 40 }, force: true });
}

/** Pick an entry of the menu of code actions for all of the file. */
async function action(title) {
  await focusText();
  await page.keyboard.press('Control+A');
  await pick(title);
}

/** Pick an entry of the menu of code actions. VS Code takes a menu away when something changes meanwhile: ask again. */
async function pick(title) {
  const entry = page.locator('.action-widget .monaco-list-row', { hasText: title }).first();
  await until(async () => {
    await page.keyboard.press('Control+.');
    return entry.waitFor({ timeout: 3000 }).then(() => true, () => false);
  }, `the entry ${title}`);
  await entry.click();
}

const notification = (words) => page.locator('.notification-list-item', { hasText: words }).first();

test('the server is found and serves: the status bar says so', async () => {
  await page.keyboard.press('Control+P');
  await page.waitForSelector('.quick-input-widget input:focus');
  await page.keyboard.type('area.py');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'area.py' }).first().click();
  await page.waitForSelector('.tab.active[data-resource-name="area.py"]');
  await page.locator('#tierlsp\\.tierlsp\\.tierlsp').waitFor();
});

test('ghost text is shown, taken as a whole, and taken back by one undo', async () => {
  await focusText();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(TYPED, { delay: 80 });
  const ghost = await until(() => page.locator(GHOST).allTextContents().then((texts) => texts.join('').trim()), 'ghost text');
  assert.match(ghost.replaceAll('\u00a0', ' '), /math\.pi|radius/);
  await shot('ghost-text');
  await page.keyboard.press('Tab');
  await save();
  assert.notEqual(saved(), TEXT + TYPED);
  assert.ok(saved().startsWith(TEXT + TYPED));
  await page.keyboard.press('Control+Z');
  await save();
  assert.equal(saved().trimEnd(), (TEXT + TYPED).trimEnd());
});

test('Escape sends ghost text away', async () => {
  await page.keyboard.type('m', { delay: 80 });
  await until(() => page.locator(GHOST).count(), 'ghost text');
  await page.keyboard.press('Escape');
  await until(async () => (await page.locator(GHOST).count()) === 0, 'no ghost text');
});

test('a word of ghost text can be taken', async () => {
  await page.keyboard.press('Backspace');
  await page.keyboard.type('\nwide = ', { delay: 80 });
  await until(() => page.locator(GHOST).count(), 'ghost text');
  await page.keyboard.press('Control+ArrowRight');
  await save();
  assert.match(saved(), /\n *wide = \w+$/);
});

test('nothing goes to a cloud before the person said yes; then the page is shown', async () => {
  await action('Explain');
  const question = notification('Allow for this workspace');
  await question.waitFor();
  await sleep(1000);
  await shot('consent');
  await question.getByText('Allow for this workspace').click();
  const shown = await until(async () => {
    for (const frame of page.frames()) {
      const text = await frame.locator('body').textContent({ timeout: 500 }).catch(() => '');
      if (text?.includes('area of a circle')) {
        return true;
      }
    }
    return false;
  }, 'the explanation in a preview');
  assert.ok(shown);
  await sleep(500);
  await shot('explanation');
});

test('a change that was asked for in words is made in the text', async () => {
  await page.locator('.view-line', { hasText: 'def area' }).first().click({ force: true });
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+End');
  await page.keyboard.press('Control+.');
  await page.waitForSelector('.action-widget .monaco-list-row');
  await shot('actions');
  await page.locator('.action-widget .monaco-list-row', { hasText: 'Refactor' }).first().click();
  await page.waitForSelector('.quick-input-widget input:focus');
  await page.keyboard.type('rename it to surface');
  await page.keyboard.press('Enter');
  await page.locator('.view-line', { hasText: 'def surface' }).first().waitFor();
});

test('an action that takes words asks for them, and can be cancelled while it runs', async () => {
  await action('Ask');
  await page.waitForSelector('.quick-input-widget input:focus');
  await page.keyboard.type('think slowly');
  await page.keyboard.press('Enter');
  const progress = notification('tierlsp ask');
  await progress.waitFor();
  await sleep(1000);
  await shot('progress');
  await progress.getByText('Cancel').click();
  await progress.waitFor({ state: 'detached' });
  await until(() => page.locator('.statusbar-item', { hasText: 'cancelled' }).count(), 'the word that it was cancelled');
});

test('a server that was killed comes back and serves', async () => {
  const pid = () => execFileSync('pgrep', ['-f', '^[^ ]*python[^ ]* .*tierlsp --stdio'], { encoding: 'utf8' }).trim().split('\n');
  const mine = (await pid()).filter((each) => readFileSync(`/proc/${each}/environ`, 'utf8').includes(`HOME=${rig.home}`));
  assert.equal(mine.length, 1);
  process.kill(Number(mine[0]), 'SIGKILL');
  await until(async () => {
    try {
      const now = pid().filter((each) => readFileSync(`/proc/${each}/environ`, 'utf8').includes(`HOME=${rig.home}`));
      return now.length === 1 && now[0] !== mine[0];
    } catch {
      return false;
    }
  }, 'a new server');
  await focusText();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('\n\ndef round(radius):\n    return ', { delay: 80 });
  await until(() => page.locator(GHOST).count(), 'ghost text');
  await page.keyboard.press('Escape');
});

test('the menu behind the status bar item, the doctor and the usage page', async () => {
  await page.locator('#tierlsp\\.tierlsp\\.tierlsp').click();
  await page.waitForSelector('.quick-input-list .monaco-list-row');
  await shot('menu');
  await page.keyboard.press('Escape');
  await palette('tierlsp: Usage');
  const usage = async () => {
    for (const frame of page.frames()) {
      const text = await frame.locator('body').textContent({ timeout: 500 }).catch(() => '');
      if (text?.includes('What the models cost')) {
        return true;
      }
    }
    return false;
  };
  await until(usage, 'the usage page');
  await sleep(500);
  await shot('usage');
});
