import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import type { runDashboardContract } from '../../../protocol/run-dashboard.ts';
import type { ComparedRuns } from '../../../services/run/compared-runs.ts';
import { listEvaluations } from '../../../services/run/evaluations.ts';
import type { PairedEvaluations } from '../../../services/run/paired-evaluations.ts';
import { promoteRollout } from '../../../services/run/promote.ts';
import type { RunSource } from '../../../services/run/run-source.ts';
import type { RunHost } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import type { Handlers } from '../../webview-host.ts';
import { pickComparedRuns } from './pick-compared-runs.ts';
import { promotionTarget } from './promotion-target.ts';
import { findPromotion, rememberPromotion } from './promotions.ts';

export type DashboardHandlers = Handlers<typeof runDashboardContract>;

/** What one dashboard keeps open. */
export interface OpenRun {
  readonly source: RunSource;
  readonly compared: ComparedRuns;
  readonly evaluations: PairedEvaluations;
}

/** The host's answers to one run dashboard. */
export function dashboardHandlers(
  app: AppContext,
  { source, compared, evaluations }: OpenRun,
  host: () => RunHost,
): DashboardHandlers {
  const runsFolder = dirname(source.folder);
  const run = async (command: string, ...args: unknown[]) => {
    await vscode.commands.executeCommand(command, ...args);
    return {};
  };
  // What asks the person, or goes on for minutes, is answered at once; it tells of itself.
  const later = (command: string, ...args: unknown[]) => {
    void vscode.commands.executeCommand(command, ...args);
    return {};
  };
  return {
    'run-read': () => source.view(),
    'metrics-read': ({ run, ...request }) =>
      run === null ? source.metricsRead(request) : compared.metricsRead(run, request),
    'compared-choose': async ({ runs }) => ({
      runs: await pickComparedRuns(runsFolder, source.view().id, runs),
    }),
    'compared-read': ({ runs }) => compared.read(runs),
    'groups-read': (request, signal) => source.groupsRead(request, signal),
    'group-read': ({ step, group }, signal) => source.groupRead(step, group, signal),
    'image-read': ({ step, group, image, size }, signal) =>
      source.imageRead(step, group, image, size, signal),
    'log-read': ({ stream }) => source.logRead(stream),
    'run-stop': ({ save }) => run(save ? 'coldstart.stopRun' : 'coldstart.discardRun', source.folder),
    'run-resume': () => run('coldstart.resumeRun', source.folder),
    'run-again': () => later('coldstart.startRunAgain', source.folder),
    'grpo-start': ({ step }) => {
      const model = `run:${source.view().id}@${step}`;
      return later('coldstart.startGrpoRun', undefined, '', model);
    },
    'evaluations-read': async (_request, signal) => ({
      evaluations: await listEvaluations(runsFolder, signal),
    }),
    'pairings-read': async ({ against }, signal) => ({
      pairings: await evaluations.pairingsRead(against, signal),
    }),
    'flips-read': (request, signal) => evaluations.flipsRead(request, signal),
    'flip-read': ({ index, ...pair }, signal) => evaluations.flipRead(pair, index, signal),
    'flip-image-read': ({ index, image, size, ...pair }, signal) =>
      evaluations.imageRead(pair, index, image, size, signal),
    'flip-trace-open': async ({ index, ...pair }) => {
      const trace = await evaluations.traceOf(pair, index);
      return run('coldstart.openTraceEditor', vscode.Uri.file(trace.source), { index: trace.index });
    },
    'evaluation-start': ({ step }) => later('coldstart.evaluateRun', source.folder, step ?? undefined),
    'folder-open': () => run('coldstart.openRunFolder', source.folder),
    'spec-open': () => run('coldstart.openRunSpec', source.folder),
    'rollout-promote': async (rollout) => {
      const to = await promotionTarget(app, source, rollout);
      if (!to) return { dataset: null };
      // What a person chose is done, also when this page is hidden meanwhile and thereby gone.
      const { id, line } = await promoteRollout({ folder: source.folder, rollout, to });
      await rememberPromotion(app.choices, id, to);
      void vscode.window.setStatusBarMessage(`Promoted to ${basename(to)}, line ${line}`, 5000);
      return { dataset: to };
    },
    'promoted-open': async (rollout, signal) => {
      const promotion = await findPromotion(app.choices, source, rollout, signal);
      if (promotion) {
        const uri = vscode.Uri.file(promotion.dataset);
        return run('coldstart.openTraceEditor', uri, { index: promotion.index });
      }
      throw new AppError(
        'file-not-found',
        'The trace that this rollout became is not in its dataset any more.',
        'Promote the rollout again.',
      );
    },
    'trace-open': async ({ step, group }) => {
      const trace = await source.traceOf(step, group);
      const uri = vscode.Uri.file(trace.source);
      return run('coldstart.openTraceEditor', uri, trace.index === null ? undefined : { index: trace.index });
    },
    'export-chart': async ({ name, format, text }) => {
      const base = host().workspace ?? dirname(source.folder);
      const to = await vscode.window.showSaveDialog({
        defaultUri: vscode.Uri.file(join(base, `${name}.${format}`)),
      });
      const bytes = Buffer.from(text, format === 'png' ? 'base64' : 'utf8');
      if (to) await vscode.workspace.fs.writeFile(to, bytes);
      return {};
    },
    'link-open': async ({ url }) => {
      await vscode.env.openExternal(vscode.Uri.parse(url, true));
      return {};
    },
  };
}
