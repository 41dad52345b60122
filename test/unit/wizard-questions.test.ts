import { expect, test } from 'vitest';
import {
  askInOrder,
  type Left,
  type Question,
  titleOf,
} from '../../src/extension/features/launch/questions.ts';

/** Questions a, b …, of which `asked` says whether they are shown, answered as `script` says, `answered` after its end. */
async function walk(asked: readonly (() => boolean | null)[], script: readonly Left[]) {
  const titles: string[] = [];
  const forgotten: number[] = [];
  let at = 0;
  const questions = asked.map((isAsked, index): Question => {
    const name = String.fromCharCode(97 + index);
    return {
      isAsked: async () => isAsked(),
      forget: () => forgotten.push(index),
      ask: async (place) => {
        titles.push(`${titleOf('Go', place, name)}${place.canGoBack ? ' <' : ''}`);
        return script[at++] ?? 'answered';
      },
    };
  });
  const done = await askInOrder(questions);
  return { done, titles, forgotten };
}

const yes = () => true;
const no = () => false;

test('only the questions that are shown are numbered', async () => {
  const { done, titles } = await walk([yes, no, yes, yes], []);
  expect([done, titles]).toEqual([true, ['Go (1/3): a', 'Go (2/3): c <', 'Go (3/3): d <']]);
});

test('a total that an answer can still change is not told', async () => {
  let known = false;
  const rows = () => (known ? false : null);
  const titles: string[] = [];
  const question = (isAsked: () => boolean | null, name: string): Question => ({
    isAsked: async () => isAsked(),
    ask: async (place) => {
      titles.push(titleOf('Go', place, name));
      known = true;
      return 'answered';
    },
  });
  await askInOrder([question(yes, 'a'), question(rows, 'b'), question(yes, 'c')]);
  expect(titles).toEqual(['Go: a', 'Go (2/2): c']);
});

test('back leads to the question that was shown before, over those that were not', async () => {
  const { done, titles, forgotten } = await walk(
    [yes, no, yes],
    ['answered', 'back', 'answered', 'answered'],
  );
  expect([done, forgotten]).toEqual([true, [0]]);
  expect(titles).toEqual(['Go (1/2): a', 'Go (2/2): c <', 'Go (1/2): a', 'Go (2/2): c <']);
});

test('whoever leaves is asked nothing more', async () => {
  const { done, titles } = await walk([yes, yes], ['left']);
  expect([done, titles.length]).toEqual([false, 1]);
});
