import type { RunSpecInput } from '../../../core/run/spec.ts';
import type { AppContext } from '../../app-context.ts';
import { type Item, pick, type } from './ask.ts';
import type { Place } from './questions.ts';

export type Rewards = NonNullable<RunSpecInput['rewards']>;

const items: readonly Item[] = [
  { label: 'answer', description: 'the extracted answer is correct (mathruler rules)', value: 'answer' },
  { label: 'format', description: 'the completion ends in exactly one box', value: 'format' },
  { label: 'file…', description: 'your own function, file.py:function', value: 'file…' },
];

/** Asks for the rewards of a GRPO run. */
export async function askRewards(
  app: AppContext,
  title: string,
  { canGoBack }: Place,
): Promise<{ readonly rewards: Rewards } | 'back' | 'left'> {
  const last = app.choices.get('rewards') ?? ['answer'];
  let chosen: readonly string[] = last.filter((name) => name !== 'file…');
  // Who leaves the box of a function is asked again.
  for (;;) {
    const names = await pick({ title, items, canGoBack, chosen, several: true });
    if (names === null) return 'left';
    if (names === 'back') return 'back';
    chosen = names;
    const file = names.includes('file…') ? await type(title, 'rewards.py:my_reward') : '';
    if (file === null) continue;
    await app.choices.set('rewards', [...names]);
    return {
      rewards: [
        ...(names.includes('answer') ? [{ name: 'answer', weight: 1 }] : []),
        ...(names.includes('format') ? [{ name: 'format', weight: 0.2 }] : []),
        ...(file ? [{ name: file.split(':').at(-1) ?? 'own', file, weight: 1 }] : []),
      ],
    };
  }
}
