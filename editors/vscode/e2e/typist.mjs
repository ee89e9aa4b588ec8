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
  const shown = () => [...document.querySelectorAll('.view-lines [class*="ghost-text"]')].map((each) => each.textContent).join('');
  window.addEventListener('keydown', (event) => event.key === 'Tab' && (window.tierlspShown = shown().replaceAll('\u00a0', ' ')), true);
}

/** In the browser: wait until what was done is drawn; return the lines in sight by number, without ghost text. */
async function drawn() {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const editor = document.querySelector('.editor-group-container.active .monaco-editor');
  const numbers = new Map([...editor.querySelectorAll('.margin-view-overlays > div')].map((each) => [each.style.top, Number(each.textContent)]));
  return [...editor.querySelectorAll('.view-lines > .view-line')].map((line) => {
    const copy = line.cloneNode(true);
    copy.querySelectorAll('[class*="ghost-text"]').forEach((each) => each.remove());
    return [numbers.get(line.style.top), copy.textContent.replaceAll('\u00a0', ' ')];
  });
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

/**
 * Press Tab at the end of `text`; return the keys that make the same, whether a ghost text was taken, and whether that is
 * what was on the screen as Tab went down.
 *
 * A Tab takes what is shown, or indents: where a ghost text begins with an indentation, VS Code has Tab indent first.
 * Blanks that a line begins with count little there: a text for the line without them stays on screen as they are typed,
 * and takes their place; then what was on the screen comes, and how far it is indented is its own. In the moment between
 * the screen and the key there may be a newer ghost text, which must be one of the model's then.
 */
async function tab(page, text) {
  await page.keyboard.press('Tab');
  const lines = await page.evaluate(drawn);
  const row = text.split('\n').length;
  const before = text.slice(text.lastIndexOf('\n') + 1);
  const after = lines.filter(([number]) => number >= row).sort(([one], [other]) => one - other).map(([, line]) => line).join('\n');
  const isKept = after.startsWith(before) || before.trim() !== '';
  const made = isKept ? after.slice(before.length) : after;
  const shown = await page.evaluate(() => window.tierlspShown);
  const [first] = made.split('\n');
  const isSeen = made === indent(text) || (isKept ? first : first.trimStart()) === shown;
  if ((isKept && !after.startsWith(before)) || made === '' || !(isSeen || STORY.startsWith(text + made) || /wrong_\d+\(\)$/.test(made))) {
    throw new Error(`where ${JSON.stringify(before)} was typed and ${JSON.stringify(shown)} shown, Tab made ${JSON.stringify(after)}`);
  }
  const keys = isKept ? [made] : [...Array.from(before, () => 'Backspace'), made];
  return { keys, isSeen, isTaken: made !== indent(text) };
}

/**
 * Type as a person does who wants to write a story that the model knows by heart and gets wrong now and then.
 *
 * Return how many ghost texts were taken, how many of them were newer than the screen, how many had several lines, and
 * what a plain text area makes of the same keys, what was taken written out.
 */
export async function typeStory({ page, browser, served }, count) {
  await served.tell({ story: STORY });
  await page.evaluate(watchTabs);
  const chance = chances();
  const keys = [];
  let [text, taken, unseen, several, next] = ['', 0, 0, 0, performance.now()];
  const isShown = () => page.locator('.view-lines [class*="ghost-text"]').count();
  for (let number = 0; number < count; number += 1) {
    const roll = chance();
    const isWrong = !STORY.startsWith(text);
    if (!isWrong && roll < 0.15 && (await page.evaluate(drawn)) && (await isShown())) {
      const { keys: same, isSeen, isTaken } = await tab(page, text);
      taken += isTaken ? 1 : 0;
      unseen += isSeen ? 0 : 1;
      several += same.at(-1).includes('\n') ? 1 : 0;
      keys.push(...same);
      text = same.reduce((all, key) => (key === 'Backspace' ? all.slice(0, -1) : all + key), text);
    } else if (isWrong) {
      await page.keyboard.press('Backspace');
      keys.push('Backspace');
      text = text.slice(0, -1);
    } else {
      const key = roll > 0.96 ? 'q' : STORY[text.length];
      await page.keyboard.press(key === '\n' ? 'Enter' : key === ' ' ? 'Space' : key);
      keys.push(key);
      text += key;
    }
    next = Math.max(performance.now(), next + 1000 / KEYS_PER_S);
    await sleep(Math.max(0, next - performance.now()));
  }
  await page.keyboard.press('Escape');
  return { taken, unseen, several, plain: await plainEditor(browser, keys) };
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
