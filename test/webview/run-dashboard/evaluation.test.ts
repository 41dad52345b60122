import { describe, expect, it } from 'vitest';
import type { EvaluationView } from '../../../src/protocol/evaluation-views.ts';
import { first, settle, show, until } from './shown-run.ts';

const own = '20260101-120000-ab12';
const evaluation = (
  name: string,
  correct: number,
  [low, high]: readonly [number, number],
  change: Partial<EvaluationView> = {},
): EvaluationView => ({
  id: name,
  run: name,
  name,
  stage: name.startsWith('sft') ? 'sft' : 'grpo',
  step: 120,
  model: `/runs/${name}`,
  dataset: '/data/test.jsonl',
  selection: '',
  samples: 1,
  n: 500,
  correct,
  accuracy: correct / 500,
  low,
  high,
  unparsed: 0,
  truncated: 0,
  at: 1_700_000_000_000,
  ...change,
});

const arms = [
  evaluation('base', 0, [0, 0.0076], { run: null, step: null }),
  evaluation('rl-only', 59, [0.0926, 0.1492]),
  evaluation('sft-only', 254, [0.4643, 0.5516]),
  evaluation('sft-rl', 406, [0.7754, 0.8438], { run: own }),
  evaluation('sft-more', 270, [0.496, 0.583]),
];

const checkpoint = { kind: 'final' as const, resumable: true, adapterOnly: false, bytes: 10 };
const run = { folder: '/f', checkpoints: [{ step: 120, path: '/f/checkpoints/120', ...checkpoint }] };
const tab = { ...first, tab: 'evaluation' };

describe('evaluation', () => {
  it('compares all of a set with SFT only, best first, this run marked', async () => {
    const page = await show({ run, evaluations: arms }, tab);
    await until(() => page.text('.arms tbody .test').startsWith('intervals'), 'the table');
    const rows = page
      .all('.arms tbody tr')
      .map((row) =>
        [0, 2, 3, 4, 5, 6].map((at) => row.children[at]?.textContent?.replace(/\s+/g, ' ').trim()),
      );
    expect(rows).toEqual([
      ['sft-rl step 120', '81.2', '77.5 to 84.4', '406 of 500', '+30.4', 'intervals apart'],
      ['sft-more step 120', '54.0', '49.6 to 58.3', '270 of 500', '+3.2', 'intervals overlap'],
      ['sft-only step 120', '50.8', '46.4 to 55.2', '254 of 500', '–', ''],
      ['rl-only step 120', '11.8', '9.3 to 14.9', '59 of 500', '−39.0', 'intervals apart'],
      ['base', '0.0', '0.0 to 0.8', '0 of 500', '−50.8', 'intervals apart'],
    ]);
    expect(page.all('.arms .own').map((row) => row.firstElementChild?.textContent)).toEqual([
      'sft-rl step 120',
    ]);
    const select = page.all('.set select')[0] as HTMLSelectElement;
    select.value = 'base';
    select.dispatchEvent(new Event('change'));
    await settle(page.element);
    expect(page.text('.arms tbody td:nth-child(6)')).toBe('+81.2');
  });

  it('tells a run its accuracy on the overview, and leads to the comparison', async () => {
    const page = await show({ run, evaluations: arms }, { ...first, tab: 'overview' });
    await until(() => page.all('.own-evaluations').length === 1, 'the accuracy');
    expect(page.text('.own-evaluations')).toContain('test.jsonl 81.2 % 77.5 to 84.4 · step 120');
    page.click('.own-evaluations button');
    await until(() => page.all('.arms').length === 1, 'the table');
  });

  it('compares only what was evaluated on the same rows', async () => {
    const part = evaluation('sft-rl', 9, [0.6, 0.98], { run: own, n: 10, selection: 'the first 10' });
    const page = await show({ run, evaluations: [...arms, part] }, tab);
    await until(() => page.all('.set').length === 2, 'two sets');
    expect(page.all('.set').map((set) => set.querySelectorAll('tbody tr').length)).toEqual([5, 1]);
    expect(page.all('.set header')[1]?.textContent).toMatch(/test\.jsonl\s+10 rows · the first 10/);
  });

  it('without any has one sentence and starts one; a new one appears by itself', async () => {
    const evaluations: EvaluationView[] = [];
    const page = await show({ run, evaluations }, tab);
    await until(() => page.text('#panel').includes('Nothing was evaluated yet.'), 'the empty look');
    page.click('#panel button');
    await until(() => page.host.calls.some(({ method }) => method === 'evaluation-start'), 'the call');
    evaluations.push(evaluation('sft-rl', 406, [0.7754, 0.8438], { run: own }));
    page.host.emit('evaluations-changed', {});
    await until(() => page.all('.arms tbody tr').length === 1, 'the first');
    expect(page.all('.set select')).toEqual([]);
  });

  it('comes to the front when the window asks for it', async () => {
    const page = await show({ run, evaluations: arms }, { ...first, tab: 'overview' });
    page.host.emit('evaluations-show', {});
    await until(() => page.all('.arms').length === 1, 'the table');
  });
});

describe('what can be done next', () => {
  const error = { type: 'ValueError', message: 'ValueError: no', traceback: 'Traceback', hint: '' };
  const called = (page: Awaited<ReturnType<typeof show>>) =>
    page.host.calls.map(({ method }) => method).filter((method) => !/read$|report$/.test(method));

  it.each<[boolean, string[]]>([
    [true, ['Resume', 'Start again', 'Open spec', 'Open log']],
    [false, ['Start again', 'Open spec', 'Open log']],
  ])('a failed run (resumable %s) has its ways out beside the reason', async (resumable, labels) => {
    const page = await show({ run: { status: { kind: 'failed', error, resumable } } });
    const header = page.all('.run-bar button').map((one) => one.textContent?.trim());
    expect(header.filter((label) => label !== '')).toEqual(['Compare…', labels[0]]);
    expect(page.text('.outcome p')).toContain(resumable ? 'the last checkpoint' : 'no checkpoint');
    const buttons = page.all('.outcome .actions button');
    expect(buttons.map((one) => one.textContent?.trim())).toEqual(labels);
    for (const one of buttons.slice(0, -1)) one.click();
    await until(() => called(page).length === labels.length - 1, 'the calls');
    expect(called(page)).toEqual(labels.slice(0, -1).map((label) => calls[label]));
  });
  const calls: Readonly<Record<string, string>> = {
    Resume: 'run-resume',
    'Start again': 'run-again',
    'Open spec': 'spec-open',
  };

  it('the log of a failed run opens on its errors, on stdout when there are none', async () => {
    const failed = { status: { kind: 'failed' as const, error, resumable: false } };
    const log = { ...first, tab: 'log' };
    const page = await show({ run: failed, logs: { stdout: 'fine', stderr: 'ValueError' } }, log);
    await until(() => page.text('pre.log') === 'ValueError', 'stderr');
    page.click('.log-bar .orders button');
    await until(() => page.text('pre.log') === 'fine', 'the choice of a person');
    page.element.remove();
    const silent = await show({ run: failed, logs: { stdout: 'fine', stderr: '' } }, log);
    await until(() => silent.text('pre.log') === 'fine', 'stdout');
  });

  it('a reward error that ended the run is told once', async () => {
    const failure = { ...error, type: 'RewardFailure', message: 'The reward score failed: KeyError.' };
    const finding = {
      code: 'reward_error',
      level: 'error' as const,
      step: 4,
      detail: 'The reward score failed: KeyError.',
    };
    const told = { findings: [finding], rewardErrors: 1 };
    const ended = await show({
      run: { ...told, status: { kind: 'failed', error: failure, resumable: false } },
    });
    expect(ended.text('.overview').match(/KeyError/g)?.length).toBe(1);
    expect(ended.all('.findings')).toEqual([]);
    ended.element.remove();
    const going = await show({ run: told });
    expect(going.all('.findings li').length).toBe(1);
  });

  it('a checkpoint can be evaluated and begin a GRPO run; the newest of a stopped run resumes it', async () => {
    const older = { step: 60, path: '/f/checkpoints/60', ...checkpoint };
    const stopped = {
      ...run,
      checkpoints: [older, ...run.checkpoints],
      status: { kind: 'stopped' as const, resumable: true },
    };
    const page = await show({ run: stopped }, { ...first, tab: 'checkpoints' });
    const labels = page
      .all('.data tbody tr')
      .map((row) => [...row.querySelectorAll('button')].map((one) => one.getAttribute('aria-label')));
    expect(labels).toEqual([
      ['Resume from step 120', 'Evaluate step 120', 'Start GRPO from step 120', 'Copy the path of step 120'],
      ['Evaluate step 60', 'Start GRPO from step 60', 'Copy the path of step 60'],
    ]);
    page.click('[aria-label="Start GRPO from step 60"]');
    page.click('[aria-label="Evaluate step 60"]');
    await until(() => called(page).length === 2, 'the calls');
    expect(page.host.calls.filter(({ method }) => /start$/.test(method)).map(({ params }) => params)).toEqual(
      [{ step: 60 }, { step: 60 }],
    );
  });
});
