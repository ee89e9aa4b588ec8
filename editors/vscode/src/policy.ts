// What a page in a webview may do: show itself, and nothing else.

import { createHash } from 'node:crypto';

/** Return the content policy for a page: no script, no font, no picture, no address; the styles that it has as it is. */
export function policyOf(page: string): string {
  const styles = [...page.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(([, text = '']) => {
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  });
  return `default-src 'none'; style-src ${styles.length > 0 ? styles.join(' ') : "'none'"}; form-action 'none'; base-uri 'none'`;
}

/** Return the page with its policy at the beginning of its head. */
export function withPolicy(page: string): string {
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policyOf(page)}">`;
  return page.includes('<head>') ? page.replace('<head>', () => `<head>${meta}`) : meta + page;
}
