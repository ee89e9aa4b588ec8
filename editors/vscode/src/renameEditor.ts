// What renaming takes of VS Code.

import * as vscode from 'vscode';
import type { Rename } from './protocol';
import type { RenameEditor } from './rename';

export function editorOf({ textDocument, position, newName }: Rename): RenameEditor<vscode.WorkspaceEdit> {
  const uri = vscode.Uri.parse(textDocument.uri);
  return {
    version: () => vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri.toString())?.version,
    edit: async () =>
      vscode.commands.executeCommand<vscode.WorkspaceEdit | undefined>(
        'vscode.executeDocumentRenameProvider',
        uri,
        new vscode.Position(position.line, position.character),
        newName,
      ),
    reach: (edit) => {
      const entries = edit.entries().filter(([, edits]) => edits.length > 0);
      return { places: entries.reduce((sum, [, edits]) => sum + edits.length, 0), files: entries.length };
    },
    apply: async (edit) => vscode.workspace.applyEdit(edit, { isRefactoring: true }),
  };
}
