import type { SpecPath } from './spec-faults.ts';

/** The setting that a finding is about when it names none itself, by its code. */
const settings: Readonly<Record<string, SpecPath>> = {
  'empty-selection': ['dataset'],
  'filter-invalid': ['dataset', 'filter'],
  'file-not-found': ['dataset', 'path'],
  'shape-unknown': ['dataset', 'path'],
  'broken-rows': ['dataset', 'path'],
  'no-completion': ['dataset', 'path'],
  'completion-missing': ['dataset', 'path'],
  'ground-truth-missing': ['dataset', 'path'],
  'image-refused': ['dataset', 'path'],
  'image-missing': ['dataset', 'path'],
  'image-decode': ['dataset', 'path'],
  placeholders: ['dataset', 'path'],
  selection: ['dataset'],
  model: ['model'],
  'model-load': ['model'],
  'model-images': ['model'],
  'chat-template': ['model'],
  packages: ['trainer'],
  'check-failed': ['trainer'],
  'run-not-found': ['model'],
  device: ['device'],
  'batch-arithmetic': ['batch_size'],
  'disk-space': ['save_limit'],
  'tokens-prompt': ['max_pixels'],
  'tokens-completion': ['max_completion_length'],
  'trainer-args': ['trainer_args'],
  reward: ['rewards'],
  'reward-dry-run': ['rewards'],
};

/** Where in a run spec a finding of this code belongs; undefined for one about the machine. */
export function settingOf(code: string): SpecPath | undefined {
  return settings[code];
}
