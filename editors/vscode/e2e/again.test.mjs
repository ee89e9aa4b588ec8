// What still stands after an edit, in a real VS Code: its own tool says so, and the tier above is offered once.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handsOf } from './hands.mjs';
import { start } from './rig.mjs';

const WRONG = '{\n  "width": "wide"\n}\n';
const fenced = (code) => `Here it is.\n\n\`\`\`json\n${code}\n\`\`\`\n`;
const SCHEMAS = [{ fileMatch: ['shape.json'], schema: { properties: { width: { type: 'number' } } } }];

let rig;
let hand;

before(async () => {
  rig = await start({ 'shape.json': WRONG }, { settings: { 'json.schemas': SCHEMAS, 'tierlsp.privacy.cloud': 'allow' } });
  hand = handsOf(rig);
  await hand.isThere();
});
after(async () => rig?.stop());

test('what still stands after a fix is said once the tool has looked, and the button has the tier above mend it', async () => {
  // The type that the tool asks for is still not given.
  await rig.served.tell({ say: fenced('{\n  "width": "2"\n}') });
  await hand.open('shape.json');
  await hand.goTo(2, 14);
  await hand.until(() => hand.page.locator('.squiggly-warning').count(), 'what the JSON server reports');
  await hand.pick('Fix this problem');
  await hand.shows('"2"');
  const offer = hand.notification('still stands');
  await hand.until(() => offer.count(), 'what still stands');
  assert.match(await offer.textContent(), /Fix with premium: “.+” still stands \(premium · large · ≤ \$0\.\d+\)/);
  assert.equal((await rig.served.tell({ say: fenced('{\n  "width": 2\n}') })).questions, 1);
  await hand.shot('still-stands');
  await hand.answer('still stands', 'Try it');
  await hand.shows('"width": 2');
  await hand.save();
  assert.deepEqual(JSON.parse(hand.saved('shape.json')), { width: 2 });
  assert.equal((await rig.served.tell({})).questions, 2);
});
