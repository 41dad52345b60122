import { z } from 'zod';

/** The stages of the method: supervised fine-tuning on traces, then GRPO with checkable rewards. */
export const stageSchema = z.enum(['sft', 'grpo']);
export type Stage = z.infer<typeof stageSchema>;

export const rowSelectionSchema = z
  .string()
  .regex(/^(all|kept|dropped|flagged|undecided|\d*:\d*)$/, 'all, kept, dropped, flagged, undecided or A:B')
  .describe('Which rows: all, kept, dropped, flagged, undecided, or a half-open index range A:B.');

export const fieldMapSchema = z.strictObject({
  prompt: z.string().optional(),
  images: z.string().optional(),
  completion: z.string().optional(),
  ground_truth: z.string().optional(),
  id: z.string().optional(),
});

export const datasetRefSchema = z.strictObject({
  path: z.string().min(1).describe('Dataset file, relative to this run spec or absolute.'),
  rows: rowSelectionSchema.default('all'),
  filter: z.string().default('').describe('Filter expression, as in the trace editor.'),
  limit: z.int().positive().optional().describe('At most this many rows, in file order.'),
  shape: z.string().default('auto').describe('Dataset shape (lens), or auto.'),
  map: fieldMapSchema.optional().describe('Field names by hand.'),
  image_roots: z.array(z.string()).default([]).describe('More folders that images may come from.'),
});
export type DatasetRef = z.infer<typeof datasetRefSchema>;

/** How the final answer is read from a completion; the same rule in the editor and in the reward. */
export const extractionSchema = z
  .union([
    z.enum(['boxed', 'answer_tag', 'hashes', 'the_answer_is']),
    z.string().regex(/^regex:.+/s, 'regex:PATTERN with one group'),
  ])
  .describe(
    'boxed (last \\boxed{}), answer_tag (<answer>), hashes (#### x), the_answer_is, or regex:PATTERN.',
  );
export type Extraction = z.infer<typeof extractionSchema>;

export const rewardSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^(?:.+\.py:)?[A-Za-z_][A-Za-z0-9_]*$/,
      'must be answer, format, or a function of your own, such as rewards.py:score',
    )
    .describe(
      'answer (the extracted answer is correct), format (the completion ends in one box), or a function of your own as file.py:function. A name of letters, digits and _ with "file" does the same.',
    ),
  weight: z.number().default(1).describe('The total reward is the weighted sum.'),
  file: z
    .string()
    .regex(/^.+\.py:[A-Za-z_][A-Za-z0-9_]*$/, 'must name a file and a function, such as rewards.py:function')
    .optional()
    .describe(
      "Your own reward, file.py:function, relative to this run spec. The function gets completions, prompts, ground_truth and the other columns by name, and returns one number, or None, for each completion (TRL's contract).",
    ),
  pattern: z
    .string()
    .optional()
    .describe('For format: a Python regular expression the whole completion must match.'),
  timeout_s: z.number().positive().default(30).describe('Seconds one call may take.'),
});

/** A reward as it stands in a run spec: `file.py:function` as its name is a reward called after the function. */
const rewardEntrySchema = rewardSchema.transform((reward) => {
  const colon = reward.name.lastIndexOf(':');
  return colon < 0
    ? reward
    : { ...reward, name: reward.name.slice(colon + 1), file: reward.file ?? reward.name };
});

export const loraSchema = z.strictObject({
  rank: z.int().positive().default(16),
  alpha: z.number().positive().default(32),
  dropout: z.number().min(0).max(1).default(0),
  target_modules: z.union([z.string(), z.array(z.string())]).default('all-linear'),
});

/** A `*.run.json` file: everything that defines one SFT or GRPO run. Field names are snake_case on disk. */
export const runSpecSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1).default(1),
  name: z
    .string()
    .min(1)
    .max(120)
    // Control characters would break the lines and tables that show it.
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'must be one line of text')
    .describe('Display name of the run.'),
  stage: stageSchema.describe('sft or grpo.'),
  trainer: z.literal('trl').default('trl').describe('Trainer that runs this stage.'),
  model: z
    .string()
    .min(1)
    .describe('A folder, a Hugging Face id, or a checkpoint of a run: run:NAME or run:NAME@STEP.'),
  dataset: datasetRefSchema,
  evaluation: z
    .strictObject({
      ...datasetRefSchema.shape,
      every_steps: z.int().positive().optional().describe('Evaluate during training, every so many steps.'),
    })
    .optional()
    .describe('Held-out rows.'),
  prompt: z
    .strictObject({
      system: z
        .string()
        .default('')
        .describe('System prompt; empty for none. Both stages should see the same.'),
      template: z
        .string()
        .includes('{prompt}')
        .default('{prompt}')
        .describe('Text around the prompt; {prompt} is replaced.'),
    })
    .prefault({}),
  extraction: extractionSchema.default('boxed'),
  rewards: z
    .array(rewardEntrySchema)
    .default([{ name: 'answer', weight: 1, timeout_s: 30 }])
    .describe('GRPO: answer, format, or functions of your own (file.py:function), each with its weight.'),
  max_steps: z.int().positive().optional().describe('Optimizer updates; wins over epochs.'),
  epochs: z.number().positive().optional(),
  batch_size: z
    .int()
    .positive()
    .default(8)
    .describe('Per device: traces for SFT, completions for GRPO (prompts × group size).'),
  gradient_accumulation: z.int().positive().default(1),
  group_size: z.int().min(2).default(8).describe('Rollouts of one prompt (num_generations).'),
  max_length: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('SFT: cut longer rows; null keeps image tokens whole.'),
  max_completion_length: z.int().positive().default(1024).describe('Tokens of one rollout.'),
  max_pixels: z.int().positive().default(1204224).describe('Images are scaled down to this many pixels.'),
  temperature: z.number().positive().default(1),
  top_p: z.number().gt(0).max(1).default(1),
  learning_rate: z
    .number()
    .positive()
    .optional()
    .describe('Default 1e-5 for SFT, 1e-6 for GRPO; 1e-4 with LoRA.'),
  schedule: z.string().default('cosine').describe('Hugging Face lr_scheduler_type.'),
  warmup_steps: z.int().min(0).default(0),
  beta: z
    .number()
    .min(0)
    .default(0)
    .describe('GRPO: coefficient of the KL term; 0 needs no reference model.'),
  max_grad_norm: z.number().positive().default(1),
  lora: loraSchema.nullable().default(null).describe('LoRA settings, or null for full fine-tuning.'),
  device: z.enum(['auto', 'cpu', 'cuda', 'mps']).default('auto'),
  threads: z.int().positive().optional().describe('CPU threads of torch; 1 is best beside other work.'),
  seed: z.int().min(0).default(42),
  save_steps: z.int().positive().default(50),
  save_limit: z.int().positive().default(2),
  log_steps: z.int().positive().default(1),
  rollouts: z
    .union([z.enum(['all', 'off']), z.string().regex(/^sample:[1-9]\d*$/)])
    .default('all')
    .describe('Which rollouts are written: all, sample:N groups a step, or off.'),
  trainer_args: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("Passed through to the trainer's own config, last word."),
});
export type RunSpec = z.infer<typeof runSpecSchema>;
export type RunSpecInput = z.input<typeof runSpecSchema>;
