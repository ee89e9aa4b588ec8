// The actions on one file in a real VS Code: from the menu to what comes of it.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { handsOf } from './hands.mjs';
import { start } from './rig.mjs';

const AREA = 'import math\n\n\ndef area(radius):\n    return math.pi * raduis ** 2\n\n\nprint(area(2))\n';
const SHORT = 'def area(radius):\n    return math.pi * radius * radius';
const DESCRIBED = 'def area(radius):\n    """Return the area of a circle."""\n    return math.pi * raduis ** 2';
const fenced = (code, language = 'python') => `Here it is.\n\n\`\`\`${language}\n${code}\n\`\`\`\n`;

const FINDING = {
  severity: 'error',
  category: 'bug',
  confidence: 80,
  file: 'reviewed.py',
  line: 5,
  evidence: '    return math.pi * raduis ** 2',
  message: 'the parameter is called radius, so every call fails',
  fix: '    return math.pi * radius ** 2',
};
const findings = (more) => `${JSON.stringify({ ...FINDING, ...more })}\nEND`;

const TESTS = 'from tested import area\n\n\ndef test_area():\n    assert area(0) == 0\n';

const NAMES = ['asked', 'cancelled', 'changed', 'described', 'explained', 'named', 'owned', 'planned', 'reviewed', 'tested', 'audited'];
const FILES = {
  ...Object.fromEntries(NAMES.map((name) => [`${name}.py`, AREA])),
  'data.json': '{\n  "a": 1\n  "b": 2\n}\n',
  'query.sql': 'SELECT a FROM b, c WHERE b.x = c.x;\n',
  COMMIT_EDITMSG: '\n# the message\ndiff --git a/b.py b/b.py\n--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-a\n+b\n',
};
const OWN = { shorten: { title: 'Make it shorter', prompt: 'Make it shorter.', answer: 'edit' } };

let rig;
let hand;

before(async () => {
  rig = await start(FILES, { settings: { 'tierlsp.actions': OWN } });
  hand = handsOf(rig);
  await hand.isThere();
});
after(async () => rig?.stop());
afterEach(async () => {
  await rig.served.tell({});
  await hand.palette('Notifications: Clear All Notifications');
  await hand.closeAll();
});

/** Open a file, with the cursor in its function. */
async function at(name, line = 5, column = 12) {
  await hand.open(name);
  await hand.goTo(line, column);
}

const says = (say) => rig.served.tell({ say });

test('explain: nothing goes to a cloud before the person said yes; then the page is shown', async () => {
  await says('# What it does\n\nIt computes the **area** of a circle from its `radius`.\n');
  await at('explained.py');
  await hand.pick('Explain');
  await hand.notification('Allow for this workspace').waitFor();
  assert.equal((await rig.served.tell({})).questions, 0);
  await hand.shot('consent');
  await hand.answer('Allow for this workspace', 'Allow for this workspace');
  await hand.reads('area of a circle');
  await hand.shot('explanation');
  assert.equal((await rig.served.tell({})).questions, 1);
});

test('ask: the words are asked for, and the answer is a page', async () => {
  await says('Yes, it is round.');
  await at('asked.py');
  await hand.pick('Ask');
  await hand.say('Is it round?');
  await hand.reads('it is round');
});

test('cancel: a run is cancelled from its notification, and its provider left alone', async () => {
  await rig.served.tell({ slow: true });
  await at('cancelled.py');
  await hand.pick('Explain');
  const progress = hand.notification('tierlsp explain');
  await progress.waitFor();
  await hand.until(async () => (await rig.served.tell({ slow: true })).running === 1, 'the question');
  await hand.shot('progress');
  await hand.answer('tierlsp explain', 'Cancel');
  await progress.waitFor({ state: 'detached' });
  await hand.tells('cancelled');
  assert.equal((await rig.served.tell({})).running, 0);
  assert.equal(hand.saved('cancelled.py'), AREA);
});

test('refactor: a change that is asked for in words is made, and one undo takes it back', async () => {
  await says(fenced(SHORT));
  await at('changed.py');
  await hand.pick('Refactor');
  await hand.say('no power');
  await hand.shows('radius * radius');
  await hand.save();
  assert.equal(hand.saved('changed.py'), AREA.replace('raduis ** 2', 'radius * radius'));
  await hand.focusText();
  await hand.keys.press('Control+Z');
  await hand.shows('raduis');
  await hand.save();
  assert.equal(hand.saved('changed.py'), AREA);
});

test('fix: what another tool reports is mended', async () => {
  await says(fenced('{\n  "a": 1,\n  "b": 2\n}', 'json'));
  await at('data.json', 3, 4);
  await hand.until(() => hand.page.locator('.squiggly-error').count(), 'the mistake that the JSON server reports');
  await hand.pick('Fix this problem');
  await hand.shows('"a": 1,');
  await hand.save();
  assert.deepEqual(JSON.parse(hand.saved('data.json')), { a: 1, b: 2 });
});

test('docs: a description is written, in the code that stays', async () => {
  await says(fenced(DESCRIBED));
  await at('described.py');
  await hand.refactor('Describe this function');
  await hand.shows('Return the area');
  await hand.save();
  assert.equal(hand.saved('described.py'), AREA.replace('def area(radius):\n', 'def area(radius):\n    """Return the area of a circle."""\n'));
});

test('sql: a statement is improved, and the status bar says why', async () => {
  await says(`WHY: a join says what belongs together\n${fenced('SELECT a FROM b JOIN c ON b.x = c.x;', 'sql')}`);
  await at('query.sql', 1, 10);
  await hand.pick('Improve this SQL');
  await hand.shows('JOIN');
  await hand.tells('a join says what belongs together');
});

test('names: a name is chosen from a list and given', async () => {
  await says('metres\nlength');
  await at('named.py', 4, 11);
  await hand.refactor('Find another name');
  await hand.choose('metres');
  await hand.shows('def area(metres)');
});

test('plan: the page has the steps', async () => {
  await says('1. Read the settings from a file.\n');
  await at('planned.py');
  await hand.refactor('Plan a change');
  await hand.say('read the radius from a file');
  await hand.reads('Read the settings from a file');
});

test('tests: they are written into a new file where the project keeps its tests', async () => {
  await says(fenced(TESTS));
  await at('tested.py');
  await hand.refactor('Write tests');
  await hand.tells('wrote 1 test into the new file tests/test_tested.py');
  await hand.tab('test_tested.py');
  await hand.save();
  assert.equal(hand.saved('tests/test_tested.py'), TESTS);
  assert.equal(hand.saved('tested.py'), AREA);
});

test('commit: the message is written above the comments', async () => {
  await says('Name it right\n\nWhy not');
  await at('COMMIT_EDITMSG', 1, 1);
  await hand.pick('Write the message of this commit');
  await hand.shows('Name it right');
});

test('own: an action of the settings is in the menu and changes the text', async () => {
  await says(fenced(SHORT));
  await at('owned.py');
  await hand.pick('Make it shorter');
  await hand.shows('radius * radius');
  await hand.save();
});

test('review: what was found is in the Problems panel, and goes when it is dismissed', async () => {
  await says(findings());
  await at('reviewed.py');
  await hand.refactor('Review');
  await hand.reads('every call fails');
  await hand.palette('Problems: Focus on Problems View');
  await hand.until(async () => (await hand.problems()).some((row) => row.includes('every call fails')), 'the finding among the problems');
  await hand.shot('findings');
  await hand.open('reviewed.py');
  await hand.goTo(5, 8);
  await hand.pick('Dismiss');
  await hand.until(async () => !(await hand.problems()).some((row) => row.includes('every call fails')), 'the finding to go');
  await hand.palette('View: Toggle Problems');
});

test('audit: a weakness is named, and what it proposes mends the text', async () => {
  await says(findings({ file: 'audited.py', category: 'security', cwe: 'CWE-94' }));
  await at('audited.py');
  await hand.refactor('Audit');
  await hand.reads('every call fails');
  await hand.open('audited.py');
  await hand.goTo(5, 8);
  await hand.pick('Fix as proposed');
  await hand.shows('math.pi * radius');
  await hand.save();
});
