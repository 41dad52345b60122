import * as vscode from 'vscode';
import { type Extraction, extractionSchema } from '../core/run/spec.ts';
import type { AppContext } from './app-context.ts';

/** How a person wants a dataset to be read: what was chosen for this file, else what the settings say. */
export function chosenReading(app: AppContext, uri: vscode.Uri): { shape?: string; extraction?: Extraction } {
  const configured = vscode.workspace.getConfiguration('coldstart', uri).get('extraction');
  const extraction = extractionSchema.safeParse(app.choices.get('extractions')?.[uri.fsPath] ?? configured);
  const shape = app.choices.get('shapes')?.[uri.fsPath];
  return {
    ...(shape ? { shape } : {}),
    ...(extraction.success ? { extraction: extraction.data } : {}),
  };
}
