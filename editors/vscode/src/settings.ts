// Which settings reach the server which way. The values come in; there is no VS Code in here.

export type Sent = 'start' | 'both' | 'live';

/** What `WorkspaceConfiguration.inspect` says of one setting. */
export interface Values {
  readonly globalValue?: unknown;
  readonly workspaceValue?: unknown;
  readonly workspaceFolderValue?: unknown;
}

export type Inspect = (name: string) => Values | undefined;
export type Tree = { [name: string]: unknown };

/** Return `initializationOptions`: what the person set for themselves and a workspace may not loosen. */
export function startTree(keys: Readonly<Record<string, Sent>>, inspect: Inspect): Tree {
  return treeOf(keys, (name, sent) => (sent === 'live' ? undefined : inspect(name)?.globalValue));
}

/**
 * Return the answer to `workspace/configuration`.
 *
 * Only what somebody set: a default of ours would stand above the person's `config.toml`.
 */
export function liveTree(keys: Readonly<Record<string, Sent>>, inspect: Inspect): Tree {
  return treeOf(keys, (name, sent) => {
    const values = inspect(name);
    if (values === undefined || sent === 'start') {
      return undefined;
    }
    const workspace = values.workspaceFolderValue ?? values.workspaceValue;
    return sent === 'live' ? (workspace ?? values.globalValue) : workspace;
  });
}

function treeOf(keys: Readonly<Record<string, Sent>>, valueOf: (name: string, sent: Sent) => unknown): Tree {
  const tree: Tree = {};
  for (const [name, sent] of Object.entries(keys)) {
    const value = valueOf(name, sent);
    if (value === undefined || value === null) {
      continue;
    }
    const parts = name.split('.');
    const last = parts.pop() as string;
    let node = tree;
    for (const part of parts) {
      node = (node[part] ??= {}) as Tree;
    }
    node[last] = value;
  }
  return tree;
}
