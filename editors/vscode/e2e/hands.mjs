// What a person does in VS Code, and what they see there.

import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HERE, LOG } from './rig.mjs';

const WAIT_MS = Number(process.env.WAIT_MS ?? 30_000);
const GHOST = '.view-lines [class*="ghost-text"]';

/** Return hands for the page of a rig. */
export function handsOf({ page, home, workspace }) {
  const keys = page.keyboard;
  page.setDefaultTimeout(WAIT_MS);

  /** Wait until `look` returns something true, and return that; keep a picture and the server's log where it does not. */
  async function until(look, what, waitMs = WAIT_MS) {
    const end = performance.now() + waitMs;
    while (performance.now() < end) {
      const found = await look();
      if (found) {
        return found;
      }
      await sleep(100);
    }
    const kept = join(process.env.FAILED ?? home, `failed-${Date.now()}`);
    await page.screenshot({ path: `${kept}.png` });
    if (process.env.FAILED && existsSync(join(home, LOG))) {
      copyFileSync(join(home, LOG), `${kept}.log`);
    }
    throw new Error(`waited in vain for ${what}`);
  }

  /** Keep a picture for the documentation, if such are wanted. */
  async function shot(name, clip) {
    if (process.env.SHOTS) {
      await sleep(600);
      await page.screenshot({ path: join(process.env.SHOTS === '1' ? join(HERE, '../screenshots') : process.env.SHOTS, `${name}.png`), clip });
    }
  }

  const saved = (name) => readFileSync(join(workspace, name), 'utf8');

  async function save() {
    await keys.press('Control+S');
    await page.locator('.tab.active:not(.dirty)').first().waitFor();
  }

  /** Put words into the box at the top, whatever had the focus before. */
  async function fill(key, words) {
    const box = page.locator('.quick-input-box input').first();
    // A window that still starts may take the box away again.
    await until(async () => {
      await keys.press(key);
      return box.fill(words, { timeout: 2000 }).then(() => true, () => false);
    }, 'the box at the top');
  }

  /** Run a command from the palette, by its whole title. */
  async function palette(command) {
    const row = page.locator('.quick-input-list .monaco-list-row').filter({ has: page.getByText(command, { exact: true }) }).first();
    await until(async () => {
      await fill('F1', `>${command}`);
      return row.click({ timeout: 3000 }).then(() => true, () => false);
    }, `the command ${command}`);
  }

  /** Pick an entry of a quick pick. */
  async function choose(label) {
    await page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
  }

  /** Answer an input box. */
  async function say(words) {
    await page.waitForSelector('.quick-input-box input:focus');
    await keys.type(words);
    await keys.press('Enter');
  }

  /** Look for an entry in a long quick pick, of which the end is out of sight, and pick it. */
  async function seek(label) {
    await page.locator('.quick-input-box input').first().fill(label);
    await choose(label);
  }

  async function open(name) {
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first();
    await until(async () => {
      await fill('Control+P', name);
      return row.click({ timeout: 3000 }).then(() => true, () => keys.press('Escape').then(() => false));
    }, `the file ${name}`);
    await page.waitForSelector(`.tab.active[data-resource-name="${name}"]`);
    await until(() => page.locator('.editor-group-container.active .view-lines').count(), 'the text');
    await focusText();
    await untilIdle();
    // A window that still lays itself out may have moved the text from under the click.
    await until(async () => (await hasFocus()) || (await focusText()), 'the keys to go to the text');
  }

  /** Go to a tab that is there. */
  async function tab(name) {
    await page.locator(`.tab[data-resource-name="${name}"]`).click();
    await page.waitForSelector(`.tab.active[data-resource-name="${name}"]`);
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

  /** Wait until the window has nothing to do: VS Code makes what shows ghost text for an editor then, and asks nobody before. */
  const untilIdle = () => page.evaluate(() => new Promise((idle) => requestIdleCallback(idle)));

  const hasFocus = () => page.locator('.editor-group-container.active .monaco-editor.focused').count();

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
    const widget = page.locator('.action-widget:not(.action-list-submenu-panel)');
    await until(async () => {
      await keys.press(menu);
      const entry = await entryOf(widget, title);
      const isPicked = entry !== undefined && (await entry.click({ timeout: 2000 }).then(() => true, () => false));
      if (!isPicked) {
        await keys.press('Escape');
      }
      return isPicked;
    }, `the entry ${title}`, 60_000);
    await widget.waitFor({ state: 'hidden' });
  }

  /** Return an entry of the menu that is open; `undefined` if it has none. A menu draws only what is in sight, so scroll. */
  async function entryOf(widget, title) {
    const rows = widget.locator('.monaco-list-row');
    if (!(await rows.first().waitFor({ timeout: 3000 }).then(() => true, () => false))) {
      return undefined;
    }
    const entry = rows.filter({ hasText: title }).first();
    let before;
    for (;;) {
      if ((await entry.count()) > 0) {
        return entry;
      }
      const now = (await rows.allTextContents()).join('\n');
      const box = await widget.boundingBox();
      if (now === before || box === null) {
        return undefined;
      }
      before = now;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.wheel(0, box.height / 2);
      await sleep(150);
    }
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

  /** The rows of the list at the top. */
  const rows = () => page.locator('.quick-input-list .monaco-list-row').allTextContents();

  /** The titles in the menu of code actions; the last ones may be out of sight. */
  async function actions() {
    const widget = page.locator('.action-widget:not(.action-list-submenu-panel)');
    await focusText();
    await keys.press('Control+.');
    const found = widget.locator('.monaco-list-row');
    await found.first().waitFor({ timeout: 3000 }).catch(() => undefined);
    const titles = await found.allTextContents();
    await keys.press('Escape');
    return titles;
  }

  /** Open the menu behind our item in the status bar, and return its rows. */
  async function menu() {
    await page.locator('#tierlsp\\.tierlsp\\.tierlsp').click();
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Restart the server' }).waitFor();
    return rows();
  }

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
    actions, answer, choose, closeAll, focusText, ghost, goTo, isThere, keys, menu, notification, open, page, palette, pick, problems,
    reads, refactor, rows, save, saved, say, seek, shot, shows, sleep, tab, tells, until, untilGhost, untilIdle, untilNoGhost,
    untilSaved,
  };
}
