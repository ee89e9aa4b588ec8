// What people read: status bar, tooltips, pages. Pure functions of what the server says.

import type { DoctorReport, Finished, Route, Status, TierName } from './protocol';

export type ServerState = 'starting' | 'running' | 'missing' | 'stopped';

const TIERS: readonly TierName[] = ['local', 'cheap', 'premium'];

/** Return an amount as people write it. */
export function dollars(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) {
    return 'price unknown';
  }
  return `$${usd.toFixed(usd > 0 && usd < 0.01 ? 4 : 2)}`;
}

/** Return a model's name without its server's and its vendor's. */
export function shortModel(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}

/** Return the text of the status bar item. */
export function statusText(state: ServerState, status: Status | undefined): string {
  if (state === 'missing' || state === 'stopped') {
    return `$(warning) tierlsp ${state === 'missing' ? 'not found' : 'stopped'}`;
  }
  if (state === 'starting') {
    return '$(loading~spin) tierlsp';
  }
  if (status === undefined) {
    return '$(sparkle) tierlsp';
  }
  const words = [status.paused ? '$(debug-pause) tierlsp' : `$(sparkle) ${localName(status)}`];
  for (const run of status.runs) {
    words.push(`$(sync~spin) ${run.action}${run.percent === undefined ? '' : ` ${run.percent} %`}`);
  }
  if (status.usd.day > 0) {
    words.push(dollars(status.usd.day));
  }
  return words.join(' · ');
}

function localName(status: Status): string {
  const local = status.tiers.local;
  return local.state === 'ready' && local.model !== null ? escapeIcons(shortModel(local.model)) : 'tierlsp';
}

/** A model's name must not draw icons. */
function escapeIcons(text: string): string {
  return text.replaceAll('$(', '$ (');
}

/** Return the tooltip of the status bar item, in Markdown. */
export function tooltip(state: ServerState, status: Status | undefined): string {
  if (state === 'missing') {
    return 'The program `tierlsp` was not found. Click to install it or to say where it is.';
  }
  if (state === 'stopped') {
    return 'The server ended several times and is left alone. Click to start it again or to see its log.';
  }
  if (status === undefined) {
    return state === 'starting' ? 'The server is starting.' : 'The server runs; it tells more with the first action.';
  }
  const lines = [status.paused ? '**tierlsp** (paused)' : '**tierlsp**', ''];
  for (const name of TIERS) {
    const tier = status.tiers[name];
    const model = tier.model === null ? 'no model' : `\`${tier.model.replaceAll('`', '')}\``;
    lines.push(`- ${name}: ${model}, ${tier.state}${tier.detail === '' ? '' : `: ${markdown(tier.detail)}`}`);
  }
  const { day, month, cap } = status.usd;
  lines.push('', `Spent: ${dollars(day)} today, ${dollars(month)} this month, of at most ${dollars(cap)}.`);
  return lines.join('\n');
}

/** Return the words for the end of a run that asks nothing. */
export function endWords(finished: Finished): string {
  const cost = finished.model !== null && finished.usd !== 0 ? ` (${dollars(finished.usd)})` : '';
  return `tierlsp: ${finished.message}${cost}`;
}

/** Return text with everything that Markdown would read as markup made plain. */
export function markdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~]/g, '\\$&').replace(/\s+/g, ' ');
}

/** Return a page on who would do an action, and why. */
export function routePage(action: string, route: Route): string {
  const who = route.model === null ? 'Nobody can serve this now' : `${route.tier} · ${markdown(route.model)}`;
  const lines = [`# ${markdown(action)}: ${who}`, ''];
  if (route.model !== null) {
    lines.push(`Likely ${dollars(route.usd)}, at most ${dollars(route.maxUsd)}.`, '');
  }
  lines.push(`## Why (score ${route.score})`, '', '| points | rule | reason |', '|---:|---|---|');
  for (const reason of route.reasons) {
    lines.push(`| ${reason.points} | ${markdown(reason.rule)} | ${markdown(reason.text)} |`);
  }
  if (route.removed.length > 0) {
    lines.push('', '## Ruled out', '', ...route.removed.map((each) => `- ${markdown(each.model)}: ${markdown(each.gate)}`));
  }
  return `${lines.join('\n')}\n`;
}

/** Return a sentence in Markdown, with what it has between backticks as code. */
export function prose(text: string): string {
  return text.split(/(`[^`\n]+`)/).map((part, index) => (index % 2 === 1 ? part : markdown(part))).join('');
}

const VERDICTS: Readonly<Record<string, string>> = { ok: '✓', note: '○' };

/** Return a page on what `tierlsp doctor` found. */
export function doctorPage(report: DoctorReport): string {
  const lines = ['# tierlsp doctor', ''];
  for (const { verdict, topic, text, mend } of report.findings) {
    lines.push(`- ${VERDICTS[verdict] ?? '✗'} **${markdown(topic)}**: ${prose(text)}`);
    if (mend) {
      lines.push(`  - ${prose(mend)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
