// What a version of VS Code can do, where not all that the extension runs in can.

/** The first whose command for ghost text can ask one provider alone, and as after a key. */
const ASKS_ONE_PROVIDER = [1, 106] as const;

/** Whether ghost text that is on the screen can be replaced by a better one in VS Code `version`, such as "1.106.0". */
export function canRefresh(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [firstMajor, firstMinor] = ASKS_ONE_PROVIDER;
  return major > firstMajor || (major === firstMajor && minor >= firstMinor);
}
