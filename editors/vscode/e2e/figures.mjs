// Figures on this machine: the extension's own activation time, and from a key to ghost text on the screen.
// Run it as the end-to-end test is run: `node e2e/figures.mjs`.

import { setTimeout as sleep } from 'node:timers/promises';
import { start } from './rig.mjs';

const ROUNDS = 12;
const { page, stop } = await start({ 'area.py': 'import math\n' });

/** In the browser: note when a key goes down and when other ghost text is first drawn behind it, before the next key. */
function watch() {
  const shown = () => [...document.querySelectorAll('.view-lines [class*="ghost-text"]')].map((each) => each.textContent).join('');
  window.tierlspTimes = [];
  let last = 0;
  const onKey = () => {
    const [begin, before, mine] = [performance.now(), shown(), (last += 1)];
    const look = () => {
      const now = shown();
      if (now !== '' && now !== before) {
        window.tierlspTimes.push({ ms: performance.now() - begin, isAlong: before !== '' });
      } else if (mine === last) {
        requestAnimationFrame(look);
      }
    };
    requestAnimationFrame(look);
  };
  window.addEventListener('keydown', onKey, true);
}

function told(name, times) {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN);
  console.log(`${name}: n ${sorted.length}, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
}

try {
  await page.waitForSelector('#tierlsp\\.tierlsp\\.tierlsp');
  await page.keyboard.press('Control+P');
  await page.keyboard.type('area.py', { delay: 50 });
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'area.py' }).first().click();
  await page.waitForSelector('.tab.active[data-resource-name="area.py"]');
  await sleep(3000);
  await page.locator('.view-lines').first().click({ force: true });
  await page.keyboard.press('Control+End');
  await page.evaluate(watch);
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.keyboard.type(`\nwide_${round} = ma`, { delay: 250 });
    await page.keyboard.press('Tab');
    await sleep(300);
  }
  const times = await page.evaluate(() => window.tierlspTimes);
  told('key to ghost text that was not there, a model whose first token takes 50 ms', times.filter(({ isAlong }) => !isAlong).map(({ ms }) => ms));
  told('key to ghost text, typing along what is shown', times.filter(({ isAlong }) => isAlong).map(({ ms }) => ms));
  await page.keyboard.press('F1');
  await page.keyboard.type('Show Running Extensions', { delay: 20 });
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Show Running Extensions' }).first().click();
  await page.waitForSelector('.runtime-extensions-editor .monaco-list-row');
  await sleep(500);
  const rows = await page.locator('.runtime-extensions-editor .monaco-list-row').allTextContents();
  console.log(rows.filter((row) => row.includes('tierlsp')).join('\n'));
} finally {
  await stop();
}
