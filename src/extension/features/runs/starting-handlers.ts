import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import type { StartingRun } from '../../../services/run/starting-run.ts';
import type { DashboardHandlers } from './dashboard-handlers.ts';

/** The host's answers to a dashboard whose run is being started: there is a spec, and nothing to read yet. */
export function startingHandlers(starting: StartingRun): DashboardHandlers {
  const notYet = () => {
    throw new AppError('run-not-active', 'The run is being prepared.', 'Wait until it has started.');
  };
  return {
    'run-read': () => starting.view(),
    'metrics-read': () => ({ seq: -1, series: [] }),
    'compared-choose': notYet,
    'compared-read': notYet,
    'groups-read': notYet,
    'group-read': notYet,
    'image-read': notYet,
    'log-read': () => ({ text: '', truncated: false }),
    'run-stop': () => {
      starting.cancel();
      return {};
    },
    'run-resume': notYet,
    'run-again': notYet,
    'grpo-start': notYet,
    'evaluations-read': () => ({ evaluations: [] }),
    'pairings-read': notYet,
    'flips-read': notYet,
    'flip-read': notYet,
    'flip-image-read': notYet,
    'flip-trace-open': notYet,
    'evaluation-start': notYet,
    'folder-open': notYet,
    'spec-open': async () => {
      await vscode.window.showTextDocument(vscode.Uri.file(starting.specPath));
      return {};
    },
    'rollout-promote': notYet,
    'promoted-open': notYet,
    'trace-open': notYet,
    'export-chart': notYet,
    'link-open': async ({ url }) => {
      await vscode.env.openExternal(vscode.Uri.parse(url, true));
      return {};
    },
  };
}
