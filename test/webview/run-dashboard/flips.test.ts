import { describe, expect, it } from 'vitest';
import type { EvaluationView, PairingView } from '../../../src/protocol/evaluation-views.ts';
import type { FakeFlip } from './fake-comparison.ts';
import type { FakeOptions } from './fake-run.ts';
import { first, settle, show, until } from './shown-run.ts';

const evaluation = (name: string, correct: number): EvaluationView => ({
  id: `${name}.json`,
  run: name,
  name,
  stage: name.startsWith('sft') ? 'sft' : 'grpo',
  step: null,
  model: `/runs/${name}`,
  dataset: '/data/test.jsonl',
  selection: '',
  samples: 1,
  n: 100,
  correct,
  accuracy: correct / 100,
  low: 0.3,
  high: 0.7,
  unparsed: 0,
  truncated: 0,
  at: 1_700_000_000_000,
});

const paired: PairingView = {
  kind: 'paired',
  both: 40,
  onlyA: 21,
  onlyB: 9,
  neither: 30,
  p: 0.0428,
  difference: 0.12,
  low: 0.01,
  high: 0.23,
};
const arms = [evaluation('sft-rl', 61), evaluation('sft-only', 49), evaluation('rl-only', 12)];
const flips: FakeFlip[] = [
  { index: 4, correct: 'a', prompt: 'How many pears?', a: '<answer>7 pears</answer>', b: 'I see none' },
  { index: 9, correct: 'b', prompt: 'How many plums?', a: 'None', b: '<answer>7 plums</answer>' },
  { index: 30, correct: 'a', missing: 'Row 31 of test.jsonl is another one.', a: 'seven', b: 'eight' },
];
const all: FakeOptions = {
  run: { folder: '/f' },
  evaluations: arms,
  pairings: {
    'sft-rl.json against sft-only.json': paired,
    'rl-only.json against sft-only.json': { kind: 'unpaired', why: 'rl-only.jsonl is missing.' },
  },
  flips,
};
const tab = { ...first, tab: 'evaluation' };
const even = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();

async function openFlips(options: FakeOptions = {}, state: Record<string, unknown> = tab) {
  const page = await show({ ...all, ...options }, state);
  if (!state.pair) {
    await until(() => page.all('.arms .flips button').length === 1, 'the pair');
    page.click('.arms .flips button');
  }
  return page;
}
const listed = (page: Awaited<ReturnType<typeof show>>) =>
  page.all('#flips .preview').map((one) => even(one.textContent));
const side = (page: Awaited<ReturnType<typeof show>>, at: number) => page.all('.count-bar button')[at];

describe('the paired test', () => {
  it('has difference, interval, p-value and flips of every pair, and says why there is none', async () => {
    const page = await show(all, tab);
    await until(() => page.all('.arms .flips button').length === 1, 'the pair');
    const cells = page
      .all('.arms tbody tr')
      .map((row) => [0, 5, 6, 7].map((at) => even(row.children[at]?.textContent)));
    expect(cells).toEqual([
      ['sft-rl', '+12.0 +1.0 to +23.0', 'p 0.0428', '30'],
      ['sft-only', '–', '', ''],
      ['rl-only', '−37.0', 'intervals overlap', ''],
    ]);
    const tests = page.all('.arms tbody .test');
    expect(tests[0]?.title).toContain("McNemar's exact test, two-sided: p = 0.0428. Of 100 rows, 30");
    expect(tests[2]?.title).toBe('No paired test. rl-only.jsonl is missing.');
  });

  it('is read against another evaluation when a person says so', async () => {
    const reversed = { ...paired, onlyA: 9, onlyB: 21, difference: -0.12, low: -0.23, high: -0.01 };
    const page = await show(
      { ...all, pairings: { ...all.pairings, 'sft-only.json against sft-rl.json': reversed } },
      tab,
    );
    await until(() => page.all('.arms .flips button').length === 1, 'the pair');
    const select = page.all('.set select')[0] as HTMLSelectElement;
    select.value = 'sft-rl';
    select.dispatchEvent(new Event('change'));
    await until(() => page.text('.arms tbody tr:nth-child(2)').includes('p 0.0428'), 'the other test');
    expect(even(page.all('.arms tbody tr')[1]?.children[5]?.textContent)).toBe('−12.0 −23.0 to −1.0');
  });
});

describe('flips', () => {
  it('list the rows that differ, with the test above and both completions beside each other', async () => {
    const page = await openFlips();
    await until(() => page.all('cs-flip .diff').length === 1, 'the first flip');
    expect(page.text('.pair-bar')).toContain('A sft-rl against B sft-only test.jsonl +12.0 +1.0 to +23.0');
    expect(page.all('.count-bar button').map((one) => even(one.textContent))).toEqual([
      'all flips 30',
      'only sft-rl 21',
      'only sft-only 9',
    ]);
    expect(listed(page)).toEqual(['How many pears?', 'How many plums?', 'row-30']);
    expect(page.text('cs-flip .side-names')).toMatch(/^A sft-rl.* correct.*B sft-only.* incorrect/);
    expect(page.text('cs-flip .problem')).toContain('How many pears?');
    expect(page.all('cs-flip .pair .text').map((one) => even(one.textContent))).toEqual(
      expect.arrayContaining(['7 pears', 'I see none']),
    );
  });

  it('move by the keys of the list, open their row, and go back to all evaluations', async () => {
    const page = await openFlips();
    await until(() => page.all('cs-flip .diff').length === 1, 'the first flip');
    await page.command('next-group');
    await until(() => page.text('cs-flip .problem').includes('plums'), 'the second');
    await page.command('previous-group');
    await page.command('previous-group');
    await until(() => page.text('cs-flip .problem').includes('pears'), 'the first again');
    await page.command('next-group');
    await until(() => page.text('cs-flip .problem').includes('plums'), 'the second');
    // Keys of rollouts do nothing here.
    await page.command('promote');
    await page.command('open-source');
    expect(
      page.host.calls.filter(({ method }) => /open$|promote$/.test(method)).map((call) => call.params),
    ).toEqual([{ a: 'sft-rl.json', b: 'sft-only.json', index: 9 }]);
    page.click('[aria-label="All evaluations"]');
    await until(() => page.all('.arms').length === 1, 'all evaluations');
    await page.command('open-source');
    expect(page.host.calls.filter(({ method }) => method === 'flip-trace-open')).toHaveLength(1);
  });

  it('of one side alone keep the row that is shown, where it is listed', async () => {
    const page = await openFlips();
    await until(() => page.all('cs-flip .diff').length === 1, 'the first flip');
    await page.command('next-group');
    await until(() => page.text('cs-flip .where') === 'flip 2 of 3', 'the second');
    side(page, 2)?.click();
    await until(() => page.text('cs-flip .where') === 'flip 1 of 1', 'one side');
    expect(listed(page)).toEqual(['How many plums?']);
    side(page, 0)?.click();
    await until(() => page.text('cs-flip .where') === 'flip 2 of 3', 'the same row');
    side(page, 1)?.click();
    await until(() => page.text('cs-flip .where') === 'flip 1 of 2', 'the other side');
    expect(page.text('cs-flip .problem')).toContain('pears');
  });

  it('come back at their row after a reload, far down the list too', async () => {
    const many = Array.from({ length: 450 }, (_, at): FakeFlip => {
      return { index: at * 3, correct: 'a', prompt: `row ${at * 3}`, a: 'x', b: 'y' };
    });
    const page = await openFlips(
      { flips: many },
      { ...tab, pair: { a: 'sft-rl.json', b: 'sft-only.json' }, flip: 1233 },
    );
    await until(() => page.text('cs-flip .where') === 'flip 412 of 450', 'the row');
    expect(page.text('cs-flip .problem')).toContain('row 1233');
    const readings = () => page.host.calls.filter(({ method }) => method === 'flips-read').length;
    const before = readings();
    page.host.emit('evaluations-changed', {});
    await until(
      () => page.host.calls.filter(({ method }) => method === 'pairings-read').length > 1,
      'the tests again',
    );
    await settle(page.element);
    expect(page.text('cs-flip .where')).toBe('flip 412 of 450');
    expect(readings()).toBe(before);
  });

  it('show completions without their prompt when the dataset is another one by now', async () => {
    const page = await openFlips();
    await until(() => page.all('cs-flip .diff').length === 1, 'the first flip');
    await page.command('next-group');
    await page.command('next-group');
    await until(() => page.all('cs-flip .missing').length === 1, 'the reason');
    expect(page.text('cs-flip .missing')).toBe('Row 31 of test.jsonl is another one.');
    expect(page.all('cs-flip .pair .text')).toHaveLength(2);
  });

  it('are one sentence when both models solve the same rows, and leave when their evaluation is gone', async () => {
    const evaluations = [...arms];
    const page = await openFlips({ flips: [], evaluations });
    await until(() => page.text('#panel').includes('No row differs.'), 'the sentence');
    evaluations.splice(1, 1);
    page.host.emit('evaluations-changed', {});
    await until(() => page.all('.arms tbody tr').length === 2, 'what is left');
  });

  it('say what failed, and are read again', async () => {
    let isBroken = true;
    const flip = { total: 0, matched: 0, flips: [] };
    const page = await openFlips({
      handlers: {
        'flips-read': () => {
          if (isBroken)
            throw { code: 'file-unreadable', message: 'sft-rl.jsonl is cut off.', hint: 'Again.' };
          return flip;
        },
      },
    });
    await until(() => page.text('#panel').includes('sft-rl.jsonl is cut off.'), 'the problem');
    isBroken = false;
    page.all('#panel .cs-state button')[0]?.click();
    await until(() => page.text('#panel').includes('No row differs.'), 'the list');
  });

  it('show hostile text as text', async () => {
    const hostile = '<img src=x onerror="window.hacked = 1"><script>window.hacked = 1</script>';
    const page = await openFlips({
      flips: [{ index: 0, correct: 'a', prompt: hostile, a: hostile, b: hostile }],
    });
    await until(() => page.all('cs-flip .diff').length === 1, 'the flip');
    expect(page.all('cs-flip :is(script, img), #flips :is(script, img)')).toEqual([]);
    expect(page.text('cs-flip .diff')).toContain('onerror');
    expect('hacked' in window).toBe(false);
  });
});
