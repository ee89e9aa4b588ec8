// API keys in VS Code's secret storage. They go into the environment of the server that we start, and nowhere else.

import * as vscode from 'vscode';
import generated from './generated.json';

const NAMES = 'tierlsp.keyVariables';
/** One key that brings models of both tiers, so that it is offered first. */
const ENOUGH = 'OPENROUTER_API_KEY';
const VARIABLE = /^[A-Z][A-Z0-9_]{0,120}_(KEY|TOKEN)$/;

/** The environment that the server and `tierlsp doctor` get: ours, and above it the stored keys. */
export async function environment(context: vscode.ExtensionContext): Promise<NodeJS.ProcessEnv> {
  const environ: NodeJS.ProcessEnv = { ...process.env };
  for (const name of stored(context)) {
    const key = await context.secrets.get(secretOf(name));
    if (key) {
      environ[name] = key;
    }
  }
  return environ;
}

/** Ask for a key, or take one away; return whether something changed. */
export async function manageKeys(context: vscode.ExtensionContext): Promise<boolean> {
  const known = stored(context);
  const other = 'Another variable …';
  const items = [...new Set([...known, ENOUGH, ...generated.keyVariables])].map((label) => ({
    label,
    description: known.includes(label) ? 'stored' : process.env[label] ? 'found in the environment' : label === ENOUGH ? 'enough for both tiers' : '',
  }));
  const picked = await vscode.window.showQuickPick([...items, { label: other, description: '' }], {
    title: 'API keys for the cheap and the premium tier',
    placeHolder: 'The variable that the key is known by',
    // The walkthrough takes the focus when one of its steps is ticked off meanwhile.
    ignoreFocusOut: true,
  });
  const name = picked?.label === other ? await askName() : picked?.label;
  if (name === undefined) {
    return false;
  }
  const key = await vscode.window.showInputBox({
    title: name,
    password: true,
    ignoreFocusOut: true,
    prompt: known.includes(name) ? 'A new key, or nothing to take the stored one away' : 'It is kept in the secret storage',
  });
  if (key === undefined || (key.trim() === '' && !known.includes(name))) {
    return false;
  }
  await store(context, name, key.trim());
  return true;
}

async function store(context: vscode.ExtensionContext, name: string, key: string): Promise<void> {
  const others = stored(context).filter((each) => each !== name);
  if (key === '') {
    await context.secrets.delete(secretOf(name));
    await context.globalState.update(NAMES, others);
  } else {
    await context.secrets.store(secretOf(name), key);
    await context.globalState.update(NAMES, [...others, name]);
  }
}

async function askName(): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: 'The variable that `apiKeyEnv` of a backend names',
    validateInput: (name) => (VARIABLE.test(name) ? undefined : 'Capital letters, ending in _KEY or _TOKEN'),
  });
}

function stored(context: vscode.ExtensionContext): string[] {
  return context.globalState.get<string[]>(NAMES, []).filter((name) => VARIABLE.test(name));
}

function secretOf(name: string): string {
  return `tierlsp.key.${name}`;
}
