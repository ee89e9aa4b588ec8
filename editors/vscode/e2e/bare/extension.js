// Ghost text with nothing behind it, which always says the same: at once in `now.txt`, after 50 ms in `bare.txt`.

const vscode = require('vscode');

const TEXT = 'math.pi * radius * 2';
const AFTER_MS = { 'now.txt': 0, 'bare.txt': 50 };

exports.activate = (context) => {
  for (const [name, ms] of Object.entries(AFTER_MS)) {
    const provider = {
      async provideInlineCompletionItems(document, position) {
        const start = new vscode.Position(position.line, 0);
        const range = new vscode.Range(start, position);
        if (ms > 0) {
          await new Promise((passed) => setTimeout(passed, ms));
        }
        return [new vscode.InlineCompletionItem(document.getText(range) + TEXT, range)];
      },
    };
    context.subscriptions.push(vscode.languages.registerInlineCompletionItemProvider({ pattern: `**/${name}` }, provider));
  }
};
