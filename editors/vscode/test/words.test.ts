import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entries } from '../src/entries';
import type { Finished, Status } from '../src/protocol';
import { unservedReason, unservedWords } from '../src/unserved';
import { doctorPage, dollars, endWords, routePage, statusText, tooltip } from '../src/words';

const STATUS: Status = {
  tiers: {
    local: { state: 'ready', model: 'ollama/codestral:22b', detail: '' },
    cheap: { state: 'down', model: 'openrouter/deepseek/v4', detail: 'it *failed* <b>twice</b>' },
    premium: { state: 'unconfigured', model: null, detail: 'no API key was found' },
  },
  runs: [{ runId: 'a', action: 'fix', percent: 40 }],
  usd: { day: 0.004, month: 1.5, cap: 25 },
  paused: false,
};

test('the status bar says who completes, what runs and what today cost', () => {
  assert.equal(statusText('running', STATUS), '$(sparkle) codestral:22b · $(sync~spin) fix 40 % · $0.0040');
  assert.equal(statusText('running', { ...STATUS, runs: [], usd: { day: 0, month: 9, cap: 25 } }), '$(sparkle) codestral:22b');
});

test('a paused, missing, stopped or silent server is seen', () => {
  assert.match(statusText('running', { ...STATUS, paused: true }), /pause/);
  assert.match(statusText('missing', undefined), /not found/);
  assert.match(statusText('stopped', STATUS), /stopped/);
  assert.equal(statusText('running', undefined), '$(sparkle) tierlsp');
});

test("a model's name draws no icons", () => {
  const local = { state: 'ready', model: 'ollama/$(trash)', detail: '' } as const;
  assert.ok(!statusText('running', { ...STATUS, tiers: { ...STATUS.tiers, local } }).includes('$(trash)'));
});

test('the tooltip tells every tier, and its details are no markup', () => {
  const text = tooltip('running', STATUS);
  for (const word of ['local', 'cheap', 'premium', 'codestral', '$0.0040 today', 'at most $25.00']) {
    assert.ok(text.includes(word), word);
  }
  assert.ok(!text.includes('<b>') || text.includes('\\<b\\>'));
});

test('an unknown price is said to be unknown', () => {
  assert.equal(dollars(null), 'price unknown');
  assert.equal(dollars(0), '$0.00');
  const finished = { model: 'a/b', usd: null, message: 'done' } as Finished;
  assert.equal(endWords(finished), 'tierlsp: done (price unknown)');
  assert.equal(endWords({ ...finished, usd: 0 }), 'tierlsp: done');
});

test('the page of a route has every reason and what was ruled out', () => {
  const page = routePage('fix', {
    tier: 'cheap', model: 'x/y', candidates: ['x/y'], score: 20, usd: 0.001, maxUsd: null,
    reasons: [{ rule: 'kind:fix', points: 20, text: 'a fix | is small' }],
    removed: [{ model: 'p/q', gate: 'budget' }],
  });
  assert.match(page, /at most price unknown/);
  assert.match(page, /\| 20 \| kind:fix \| a fix \\\| is small \|/);
  assert.match(page, /p\/q: budget/);
});

test("the doctor's page has a mend for each wrong", () => {
  const page = doctorPage({ findings: [{ verdict: 'bad', topic: 'Ollama', text: 'not there', mend: 'start it' }] });
  assert.match(page, /✗ \*\*Ollama\*\*: not there\n {2}- start it/);
});

test("in the doctor's page commands are code, and nothing else is markup", () => {
  const page = doctorPage({ findings: [{ verdict: 'note', topic: 'model', text: 'a *b* <c>', mend: '`ollama pull a_b` (1 GB), or ` alone' }] });
  assert.match(page, /○ \*\*model\*\*: a \\\*b\\\* \\<c\\>\n {2}- `ollama pull a_b` \\\(1 GB\\\), or \\` alone/);
});

test('the menu offers what can be done in this state', () => {
  const commands = (facts: Parameters<typeof entries>[0]): string[] => entries(facts).map(({ command }) => command.slice(11));
  assert.ok(commands({ state: 'running', isPaused: false, runs: 1 }).includes('cancel'));
  assert.ok(commands({ state: 'running', isPaused: true, runs: 0 }).includes('resume'));
  assert.equal(commands({ state: 'missing', isPaused: false, runs: 0 })[0], 'install');
  assert.ok(!commands({ state: 'stopped', isPaused: false, runs: 0 }).includes('pause'));
  for (const state of ['running', 'missing', 'stopped', 'starting'] as const) {
    assert.ok(commands({ state, isPaused: false, runs: 0 }).includes('log'));
  }
});

test('the menu says what a newcomer lacks, and nothing where all is there', () => {
  const bare = { state: 'unconfigured', model: null, detail: 'nobody answers for Ollama' } as const;
  const menu = (tiers: Status['tiers']) => entries({ state: 'running', isPaused: false, runs: 0, tiers });
  const lacking = menu({ local: bare, cheap: bare, premium: bare });
  assert.equal(lacking.find(({ command }) => command === 'tierlsp.ui.pullModel')?.description, 'nobody answers for Ollama');
  assert.match(lacking.find(({ command }) => command === 'tierlsp.ui.keys')?.description ?? '', /none was found/);
  const full = menu(STATUS.tiers);
  assert.equal(full.find(({ command }) => command === 'tierlsp.ui.pullModel'), undefined);
  assert.equal(full.find(({ command }) => command === 'tierlsp.ui.keys')?.description, undefined);
});

test('a menu of which nothing can be done says why; one that is empty, or of which something can, does not', () => {
  const off = { disabled: { reason: 'no API key' } };
  assert.equal(unservedReason([off, off]), 'no API key');
  assert.equal(unservedReason([off, {}]), undefined);
  assert.equal(unservedReason([]), undefined);
  const bare = { state: 'unconfigured', model: null, detail: '' } as const;
  assert.match(unservedWords('no API key', { local: bare, cheap: bare, premium: bare }), /^tierlsp: no API key\. .*OPENROUTER_API_KEY/);
  assert.equal(unservedWords('the budget is spent', STATUS.tiers), 'tierlsp: the budget is spent.');
});
