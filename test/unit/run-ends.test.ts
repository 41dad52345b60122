import { expect, test } from 'vitest';
import type { RunStatus } from '../../src/core/run/state.ts';
import { asksToResume, lookOf, wayOnOf } from '../../src/extension/features/runs/describe-run.ts';
import type { RunListing } from '../../src/services/run/views.ts';

const error = { type: 'ValueError', message: 'no', traceback: '', hint: '' };
const run = (status: RunStatus): RunListing => ({
  id: '20260101-120000-sft-ab12',
  name: 'a',
  stage: 'sft',
  trainer: 'trl',
  folder: '/runs/a',
  created: 0,
  specPath: null,
  status,
  step: 1,
  maxSteps: 2,
  etaSeconds: null,
  headline: null,
});

/** A state, what the sidebar's menus match, and what its notification offers. */
const ends: readonly (readonly [RunStatus, string, string | null])[] = [
  [{ kind: 'failed', error, resumable: true }, 'run-ended-resumable', 'Resume'],
  [{ kind: 'failed', error, resumable: false }, 'run-ended-again', 'Start Again'],
  [{ kind: 'died', reason: 'x', resumable: false }, 'run-ended-again', 'Start Again'],
  [{ kind: 'stopped', resumable: true }, 'run-ended-resumable', 'Resume'],
  [{ kind: 'stopped', resumable: false }, 'run-ended-again', 'Start Again'],
  [{ kind: 'completed' }, 'run-ended', null],
  [{ kind: 'preparing' }, 'run-active', null],
];

test.each(ends)('%j is taken up from a checkpoint, or begun again', (status, context, label) => {
  expect([lookOf(run(status)).context, wayOnOf(status)?.label ?? null]).toEqual([context, label]);
});

/** What becomes of a wish to resume that comes late, such as from a notification that stayed. */
const late: readonly (readonly [RunStatus, 'resume' | 'show' | 'start-again'])[] = [
  [{ kind: 'stopped', resumable: true }, 'resume'],
  [{ kind: 'unsupervised' }, 'resume'],
  [{ kind: 'running', phase: 'training', done: null, total: null }, 'show'],
  [{ kind: 'completed' }, 'show'],
  [{ kind: 'failed', error, resumable: false }, 'start-again'],
];

test.each(late)('to resume a run that is %j means to %s', (status, what) => {
  expect(asksToResume(status)).toBe(what);
});
