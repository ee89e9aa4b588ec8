// What a person does in VS Code, and what they see there.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HERE } from './rig.mjs';

const WAIT_MS = Number(process.env.WAIT_MS ?? 20_000);
const GHOST = '.view-lines [class*="ghost-text"]';

/** Return hands for the page of a rig. */
export function handsOf({ page, home, workspace }) {
  const keys = page.keyboard;
  page.setDefaultTimeout(WAIT_MS);

  /** Wait until `look` returns something true, and return that; keep a picture where it does not. */
  async function until(look, what, waitMs = WAIT_MS) {
    const end = performance.now() + waitMs;
    while (performance.now() < end) {
      const found = await look();
      if (found) {
        return found;
      }
      await sleep(100);
    }
    await page.screenshot({ path: join(process.env.FAILED ?? home, 'failed.png') });
    throw new Error(`waited in vain for ${what}`);
  }

  /** Keep a picture for the documentation, if such are wanted. */
  async function shot(name, clip) {
    if (process.env.SHOTS) {
      await sleep(600);
      await page.screenshot({ path: join(HERE, '../screenshots', `${name}.png`), clip });
    }
  }

  const saved = (name) => readFileSync(join(workspace, name), 'utf8');

  async function save() {
    await keys.press('Control+S');
    await page.locator('.tab.active:not(.dirty)').first().waitFor();
  }

  /** Put words into the box at the top, whatever had the focus before. */
  async function fill(key, words) {
    const box = page.locator('.quick-input-widget input').first();
    // A window that still starts may take the box away again.
    await until(async () => {
      await keys.press(key);
      return box.fill(words, { timeout: 2000 }).then(() => true, () => false);
    }, 'the box at the top');
  }

  /** Run a command from the palette, by its whole title. */
  async function palette(command) {
    await fill('F1', `>${command}`);
    await choose(command);
  }

  /** Pick an entry of a quick pick. */
  async function choose(label) {
    await page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
  }

  /** Answer an input box. */
  async function say(words) {
    await page.waitForSelector('.quick-input-widget input:focus');
    await keys.type(words);
    await keys.press('Enter');
  }

  async function open(name) {
    await fill('Control+P', name);
    await choose(name);
    await page.waitForSelector(`.tab.active[data-resource-name="${name}"]`);
    await until(() => page.locator('.editor-group-container.active .view-lines').count(), 'the text');
    await focusText();
  }

  async function closeAll() {
    await keys.press('Escape');
    await palette('View: Close All Editors');
    await until(async () => {
      const leave = page.locator('.monaco-dialog-box').getByText("Don't Save").first();
      if ((await leave.count()) > 0) {
        await leave.click();
      }
      return (await page.locator('.tab').count()) === 0;
    }, 'no editor');
  }

  async function focusText() {
    await page.locator('.editor-group-container.active .view-lines').first().click({ position: { x: 200, y: 30 }, force: true });
  }

  /** Put the cursor at a place; both count from 1. */
  async function goTo(line, column = 1) {
    await fill('Control+G', `:${line}:${column}`);
    await keys.press('Enter');
    await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** Pick an entry of a menu of code actions; VS Code takes a menu away when something changes meanwhile, so ask again. */
  async function pick(title, menu = 'Control+.') {
    const entry = page.locator('.action-widget .monaco-list-row', { hasText: title }).first();
    await until(async () => {
      await keys.press(menu);
      if (await entry.waitFor({ timeout: 3000 }).then(() => true, () => false)) {
        return true;
      }
      await keys.press('Escape');
      return false;
    }, `the entry ${title}`, 60_000);
    await entry.click();
  }

  /** Pick an entry of the Refactor menu, which has all of ours. */
  const refactor = (title) => pick(title, 'Control+Shift+R');

  const notification = (words) => page.locator('.notification-list-item', { hasText: words }).first();

  /** Press a button of a notification. */
  async function answer(words, button) {
    const shown = notification(words);
    await shown.waitFor();
    await shown.getByText(button, { exact: true }).click();
  }

  /** Wait until a page in a webview holds some words. */
  async function reads(words) {
    await until(async () => {
      for (const frame of page.frames()) {
        const text = await frame.locator('body').textContent({ timeout: 500 }).catch(() => '');
        if (text?.includes(words)) {
          return true;
        }
      }
      return false;
    }, `a page with "${words}"`);
  }

  /** Wait until the extension is there: the first start of a window takes long on a busy machine. */
  const isThere = () => until(() => page.locator('#tierlsp\\.tierlsp\\.tierlsp').count(), 'the item in the status bar', 60_000);

  /** Wait for words in the status bar. */
  const tells = (words) => until(() => page.locator('.statusbar-item', { hasText: words }).count(), `the status bar to say "${words}"`);

  /** Wait for a line of the text. */
  const shows = (words) => page.locator('.view-line', { hasText: words }).first().waitFor();

  const ghost = () =>
    page.locator(GHOST).allTextContents().then((texts) => texts.join('').replaceAll('\u00a0', ' '));

  const untilGhost = (what = 'ghost text') => until(() => ghost().then((text) => text.trim()), what);

  const untilNoGhost = () => until(async () => (await page.locator(GHOST).count()) === 0, 'no ghost text');

  /** The rows of the Problems panel. */
  async function problems() {
    return page.locator('.markers-panel .monaco-list-row').allTextContents();
  }

  async function untilSaved(name, check, what) {
    await until(() => check(saved(name)), what);
  }

  return {
    answer, choose, closeAll, focusText, ghost, goTo, isThere, keys, notification, open, page, palette, pick, problems, reads, refactor,
    save, saved, say, shot, shows, sleep, tells, until, untilGhost, untilNoGhost, untilSaved,
  };
}
