// A long session of typing, with ghost texts taken on the way, and the same keys in an editor with nothing in it.

import { setTimeout as sleep } from 'node:timers/promises';

const KEYS_PER_S = 12;

const STORY = Array.from(
  { length: 200 },
  (_, number) =>
    `def area_${number}(width, height):\n    """Return the area of shape ${number}."""\n` +
    `    sides = [width, height, ${number}]\n    total = sum(sides) * ${number % 7}\n    return total + width * height\n\n\n`,
).join('');

/** In the browser: keep the ghost text that is on screen as Tab goes down, before the editor takes it. */
function watchTabs() {
  window.tierlspTaken = [];
  const shown = () => [...document.querySelectorAll('.view-lines [class*="ghost-text"]')].map((each) => each.textContent).join('');
  window.addEventListener('keydown', (event) => event.key === 'Tab' && window.tierlspTaken.push(shown().replaceAll('\u00a0', ' ')), true);
}

/** Numbers from 0 to 1, the same each time. */
function chances() {
  let seed = 7;
  return () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
}

/** What a Tab makes where it takes no ghost text. */
const indent = (text) => ' '.repeat(4 - ((text.length - text.lastIndexOf('\n') - 1) % 4));

/** Whether a Tab takes what is shown: where that begins with an indentation, VS Code has Tab indent first. */
const takes = (text, shown) => shown !== '' && (text.slice(text.lastIndexOf('\n') + 1).trim() !== '' || !shown.startsWith('    '));

/**
 * Type as a person does who wants to write a story that the model knows by heart and gets wrong now and then.
 *
 * Return how many ghost texts were taken, and what a plain text area makes of the same keys, what was taken written out.
 */
export async function typeStory({ page, browser, served }, hand, count) {
  await served.tell({ story: STORY });
  await page.evaluate(watchTabs);
  const chance = chances();
  const keys = [];
  let [text, taken] = ['', 0];
  const began = performance.now();
  for (let number = 0; number < count; number += 1) {
    const next = STORY[text.length];
    const roll = chance();
    const isWrong = !STORY.startsWith(text);
    if (!isWrong && roll < 0.15 && (await hand.ghost()).trim() !== '') {
      await page.keyboard.press('Tab');
      const shown = await page.evaluate(() => window.tierlspTaken.at(-1));
      const written = takes(text, shown) ? shown : indent(text);
      taken += takes(text, shown) ? 1 : 0;
      keys.push(written);
      text += written;
    } else if (isWrong) {
      await page.keyboard.press('Backspace');
      keys.push('Backspace');
      text = text.slice(0, -1);
    } else {
      const key = roll > 0.96 ? 'q' : next;
      await page.keyboard.press(key === '\n' ? 'Enter' : key === ' ' ? 'Space' : key);
      keys.push(key);
      text += key;
    }
    await sleep(Math.max(0, began + ((number + 1) * 1000) / KEYS_PER_S - performance.now()));
  }
  await page.keyboard.press('Escape');
  return { taken, plain: await plainEditor(browser, keys) };
}

async function plainEditor(browser, keys) {
  const page = await browser.newPage();
  try {
    await page.setContent('<textarea autofocus></textarea>');
    await page.locator('textarea').focus();
    for (const key of keys) {
      await (key === 'Backspace' ? page.keyboard.press(key) : page.keyboard.insertText(key));
    }
    return await page.locator('textarea').inputValue();
  } finally {
    await page.close();
  }
}
