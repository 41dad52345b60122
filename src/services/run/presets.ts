import type { RunSpecInput, Stage } from '../../core/run/spec.ts';

/** A size that fits a machine; `spec` is laid over the rest of a new run spec. */
export interface Preset {
  readonly name: string;
  readonly title: string;
  readonly detail: string;
  readonly device: 'cpu' | 'gpu';
  readonly spec: Partial<RunSpecInput>;
}

const lora = { rank: 16, alpha: 32, dropout: 0, target_modules: 'all-linear' };

/**
 * Sizes a new run spec can start from. The paper's values are those of its released scripts (SFT: 3 epochs, learning
 * rate 1e-5, effective batch 64; GRPO: group of 10, temperature 0.7, top_p 0.99, learning rate 1e-6, KL 1e-2).
 */
export function presetsFor(stage: Stage): readonly Preset[] {
  return stage === 'sft' ? sftPresets : grpoPresets;
}

const sftPresets: readonly Preset[] = [
  {
    name: 'dry-run',
    title: 'Dry run',
    detail: '5 steps of 2 traces: does everything work?',
    device: 'cpu',
    spec: { max_steps: 5, batch_size: 2, save_steps: 5 },
  },
  {
    name: 'cpu',
    title: 'CPU, small model',
    detail: '200 steps of 8 traces, one thread',
    device: 'cpu',
    spec: { max_steps: 200, batch_size: 8, device: 'cpu', threads: 1, learning_rate: 1e-3, warmup_steps: 10 },
  },
  {
    name: 'gpu-lora',
    title: 'One GPU, LoRA',
    detail: '3 epochs, effective batch 64, rank 16',
    device: 'gpu',
    spec: { epochs: 3, batch_size: 1, gradient_accumulation: 64, lora, learning_rate: 1e-4 },
  },
  {
    name: 'paper',
    title: "Paper's settings, full fine-tuning",
    detail: '3 epochs, effective batch 64, learning rate 1e-5',
    device: 'gpu',
    spec: { epochs: 3, batch_size: 1, gradient_accumulation: 64, learning_rate: 1e-5, save_steps: 20 },
  },
];

const grpoPresets: readonly Preset[] = [
  {
    name: 'dry-run',
    title: 'Dry run',
    detail: '3 steps, 2 prompts × 2 rollouts',
    device: 'cpu',
    spec: { max_steps: 3, batch_size: 4, group_size: 2, max_completion_length: 256, save_steps: 3 },
  },
  {
    name: 'cpu',
    title: 'CPU, small model',
    detail: '100 steps, 8 prompts × 8 rollouts, one thread',
    device: 'cpu',
    spec: {
      max_steps: 100,
      batch_size: 64,
      group_size: 8,
      max_completion_length: 128,
      device: 'cpu',
      threads: 1,
      learning_rate: 1e-4,
    },
  },
  {
    name: 'gpu-lora',
    title: 'One GPU, LoRA',
    detail: '200 steps, 8 prompts × 8 rollouts, rank 16',
    device: 'gpu',
    spec: {
      max_steps: 200,
      batch_size: 8,
      gradient_accumulation: 8,
      group_size: 8,
      temperature: 0.9,
      beta: 0.01,
      lora,
      learning_rate: 1e-5,
    },
  },
  {
    name: 'paper',
    title: "Paper's settings, full fine-tuning",
    detail: 'group of 10, temperature 0.7, top_p 0.99, KL 0.01, learning rate 1e-6',
    device: 'gpu',
    spec: {
      epochs: 2,
      batch_size: 10,
      gradient_accumulation: 128,
      group_size: 10,
      max_completion_length: 2048,
      temperature: 0.7,
      top_p: 0.99,
      beta: 0.01,
      learning_rate: 1e-6,
      schedule: 'constant',
      save_steps: 5,
      save_limit: 7,
    },
  },
];
