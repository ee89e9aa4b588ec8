// Bundles the extension into one file, or with `--tests` each unit test into its own.
import { readdirSync } from 'node:fs';
import { build } from 'esbuild';

const isTests = process.argv.includes('--tests');
const common = { bundle: true, platform: 'node', target: 'node20', format: 'cjs', logLevel: 'warning' };

await build(
  isTests
    ? { ...common, entryPoints: readdirSync('test').filter((name) => name.endsWith('.test.ts')).map((name) => `test/${name}`), outdir: 'out/test' }
    : { ...common, entryPoints: ['src/extension.ts'], outfile: 'out/extension.js', external: ['vscode'], minify: true },
);
