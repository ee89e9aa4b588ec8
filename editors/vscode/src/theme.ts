// A page that looks like the window that it is in. No VS Code in here.

const BY_SYSTEM = '@media (prefers-color-scheme: dark)';

/** Return the page with its dark colours where the theme is dark, and without them elsewhere, whatever the system prefers. */
export function inTheme(page: string, isDark: boolean): string {
  const always = isDark ? '@media all' : '@media not all';
  return page.replaceAll(BY_SYSTEM, always).replaceAll('color-scheme: light dark', `color-scheme: ${isDark ? 'dark' : 'light'}`);
}
