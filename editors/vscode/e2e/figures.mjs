// Figures on this machine: from a key to ghost text on the screen, and the extension's own activation time.
// Run it as the end-to-end tests are run: `node e2e/figures.mjs`; ROUNDS=40 takes longer.
//
// The same keys go, in turn, into a file that the server completes and into two that a bare extension does, which has
// nothing behind it: what those take is VS Code's own time, to which nothing of ours can be quicker.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { handsOf } from './hands.mjs';
import { HERE, start } from './rig.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 20);
const FILES = { ours: 'area.py', bare: 'bare.txt', now: 'now.txt' };
/** What the model and the bare extension say. */
const TEXT = 'math.pi * radius * 2';
const LETTERS = 'abcdefghijklnopqrstuvwxyz';

/** Package the bare extension; return the package and what takes it away again. */
function bare() {
  const folder = mkdtempSync(join(tmpdir(), 'bare-'));
  const file = join(folder, 'bare.vsix');
  const packaging = ['package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', file];
  const made = spawnSync(process.execPath, [join(HERE, '../node_modules/@vscode/vsce/vsce'), ...packaging], { cwd: join(HERE, 'bare'), encoding: 'utf8' });
  if (made.status !== 0) {
    throw new Error(made.stdout + made.stderr);
  }
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}

/** In the browser: from each key on, note when the text that is waited for is drawn, after another one or none was. */
function watch() {
  const shown = () => [...document.querySelectorAll('.view-lines [class*="ghost-text"]')].map((each) => each.textContent).join('').replaceAll('\u00a0', ' ');
  let keys = 0;
  window.addEventListener('keydown', (event) => {
    const [before, mine] = [shown(), (keys += 1)];
    let isOther = before !== window.tierlspWanted;
    window.tierlspShownMs = undefined;
    const look = () => {
      const now = shown();
      isOther ||= now !== before;
      if (isOther && now === window.tierlspWanted) {
        window.tierlspShownMs = performance.now() - event.timeStamp;
      } else if (mine === keys) {
        requestAnimationFrame(look);
      }
    };
    requestAnimationFrame(look);
  }, true);
}

function told(name, times) {
  const sorted = times.filter((ms) => ms !== undefined).sort((one, other) => one - other);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN);
  const missed = times.length - sorted.length;
  console.log(`${name}: n ${sorted.length}, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms${missed > 0 ? `, none within 2 s ${missed} times` : ''}`);
}

const extension = bare();
const settings = { 'tierlsp.privacy.exclude': ['**/*.txt'], 'tierlsp.completion.multiline': 'never', 'workbench.editor.enablePreview': false };
const rig = await start(Object.fromEntries(Object.values(FILES).map((name) => [name, 'import math\n'])), { settings, extensions: [extension.file] });
const { page, stop } = rig;
const hand = handsOf(rig);

/** Press a key; return the milliseconds until the ghost text is `wanted`, `undefined` where it does not come. */
async function press(key, wanted = TEXT) {
  await page.evaluate((text) => (window.tierlspWanted = text), wanted);
  await page.keyboard.press(key);
  for (let waits = 0; waits < 40; waits += 1) {
    await sleep(50);
    const ms = await page.evaluate(() => window.tierlspShownMs);
    if (ms !== undefined) {
      return ms;
    }
  }
  return undefined;
}

try {
  await hand.isThere();
  await hand.open(FILES.ours);
  await page.evaluate(watch);
  const times = { now: [], bare: [], model: [], known: [], along: [] };
  let completions = 0;
  for (let round = -2; round < ROUNDS; round += 1) {
    const letter = LETTERS[(round + 2) % LETTERS.length];
    for (const [who, name] of Object.entries(FILES)) {
      await hand.open(name);
      await page.keyboard.press('Control+End');
      await page.keyboard.press('Enter');
      // No two lines may be alike, or a text that was turned down in one would stay away from the other.
      await page.keyboard.insertText(`value_${round + 2} =`);
      await press('Space');
      await sleep(300);
      const asked = (await rig.served.tell({})).completions;
      const first = await press(letter);
      completions += round >= 0 && who === 'ours' ? (await rig.served.tell({})).completions - asked : 0;
      await sleep(300);
      const known = await press('Backspace');
      await sleep(300);
      const along = await press('m', TEXT.slice(1));
      await sleep(300);
      await page.keyboard.press('Tab');
      await sleep(300);
      // The first rounds warm up what is there, ours as the bare one's.
      if (round >= 0) {
        const mine = who === 'ours' ? { model: first, known, along } : { [who]: first };
        Object.entries(mine).forEach(([what, ms]) => times[what].push(ms));
      }
    }
  }
  told('a bare extension that answers at once', times.now);
  told('a bare extension that answers after 50 ms', times.bare);
  told(`from a model whose first token takes 50 ms (it was asked ${completions} times)`, times.model);
  told('from what is known: gone another way and back', times.known);
  told('from what is shown: typing along it', times.along);
  await hand.palette('Developer: Show Running Extensions');
  await page.waitForSelector('.runtime-extensions-editor .monaco-list-row');
  await sleep(500);
  const rows = await page.locator('.runtime-extensions-editor .monaco-list-row').allTextContents();
  console.log(rows.filter((row) => row.includes('tierlsp')).join('\n'));
} finally {
  await stop();
  extension.remove();
}
