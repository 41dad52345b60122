import { describe, expect, it } from 'vitest';
import type { RunView } from '../../../src/protocol/run-dashboard.ts';
import { reachingWindow } from '../reaching-window.ts';
import type { FakeOptions } from './fake-run.ts';
import { first, group, groupsOf, rollouts, settle, show, until } from './shown-run.ts';

const error = {
  type: 'ValueError',
  message: 'first line\nValueError: images do not match',
  traceback: 'Traceback…\n  line 1',
  hint: 'Check the placeholders.',
};

describe('every status', () => {
  it.each<
    [RunView['status'], string, { stop?: true; resume?: true; again?: true; cancel?: true; card?: string }]
  >([
    [{ kind: 'starting', doing: 'Selecting rows', share: 0.1 }, 'preparing selecting rows', { cancel: true }],
    [{ kind: 'preparing' }, 'preparing', { stop: true }],
    [
      { kind: 'running', phase: 'generating', done: 23, total: 64 },
      'running generating 23/64',
      { stop: true },
    ],
    [{ kind: 'running', phase: 'training', done: null, total: null }, 'running training', { stop: true }],
    [
      { kind: 'stalled', phase: 'generating', silentSeconds: 312 },
      'stalled generating silent for 5 m 12 s',
      { stop: true, card: 'No sign of life for 5 m 12 s' },
    ],
    [{ kind: 'stopping', save: true }, 'stopping saving a checkpoint', {}],
    [{ kind: 'unsupervised' }, 'unsupervised', { stop: true, card: 'without its supervisor' }],
    [{ kind: 'completed' }, 'completed', {}],
    [{ kind: 'stopped', resumable: true }, 'stopped', { resume: true, card: 'Stopped at step 34 of 120' }],
    [{ kind: 'stopped', resumable: false }, 'stopped', { again: true, card: 'no checkpoint to go on from' }],
    [
      { kind: 'failed', error, resumable: true },
      'failed',
      { resume: true, card: 'ValueError: images do not match' },
    ],
    [{ kind: 'died', reason: 'signal 9', resumable: true }, 'died', { resume: true, card: 'signal 9' }],
    [{ kind: 'elsewhere', host: 'gpu-box' }, 'elsewhere on gpu-box', { card: 'belongs to gpu-box' }],
    [{ kind: 'missing' }, 'folder is gone', { card: 'The run folder is gone' }],
  ])('%j', async (status, words, { stop, resume, again, cancel, card }) => {
    const page = await show({ run: { status } });
    const header = page.all('.run-bar .status')[0];
    const parts = [...(header?.children ?? [])].map((part) => part.textContent?.trim()).filter(Boolean);
    expect(parts.join(' ')).toBe(words);
    expect(header?.querySelector('.codicon')).not.toBeNull();
    const buttons = page.all('.run-bar .cs-button').map((button) => button.textContent?.trim());
    const named = [
      stop && 'Stop',
      cancel && 'Cancel',
      !cancel && 'Compare…',
      resume && 'Resume',
      again && 'Start again',
    ];
    expect(buttons).toEqual(named.filter(Boolean));
    if (card) expect(page.text('.outcome')).toContain(card);
    else expect(page.all('.outcome')).toEqual([]);
  });

  it('shows the last line of the exception first, then the trace-back folded, then the advice', async () => {
    const page = await show({ run: { status: { kind: 'failed', error, resumable: false } } });
    const order = page.all('.outcome h2, .outcome details, .outcome p').map((part) => part.tagName);
    expect(order).toEqual(['H2', 'DETAILS', 'P']);
    expect(page.all('.outcome details')[0]?.hasAttribute('open')).toBe(false);
  });

  it('says what failed when the run cannot be read at all, and tries again', async () => {
    let broken = true;
    const page = await show({
      handlers: {
        'run-read': () => {
          if (broken)
            throw { code: 'run-not-found', message: 'The run folder is gone.', hint: 'Open another run.' };
          return fakeView();
        },
      },
    });
    expect(page.text('[role="alert"]')).toContain('Open another run.');
    broken = false;
    page.click('[role="alert"] button');
    await until(() => page.all('.run-bar').length === 1, 'the second reading');
  });

  it('asks for a checkpoint or none', async () => {
    const page = await show();
    page.click('.split > .cs-button');
    page.click('.split cs-menu button');
    await settle(page.element);
    page.all('[role="menuitem"]')[1]?.click();
    await settle(page.element);
    const saves = page.host.calls.filter(({ method }) => method === 'run-stop').map(({ params }) => params);
    expect(saves).toEqual([{ save: true }, { save: false }]);
  });
});

/** A whole run view, as the fake host gives it. */
function fakeView(): RunView {
  return {
    id: 'r',
    name: 'r',
    stage: 'grpo',
    trainer: 'trl',
    model: 'm',
    folder: '/f',
    status: { kind: 'completed' },
    seq: 1,
    step: 1,
    maxSteps: 1,
    epoch: null,
    elapsedSeconds: null,
    etaSeconds: null,
    device: '',
    dataset: { path: '/d', traces: 1 },
    groupSize: null,
    rewards: [],
    restarts: [],
    checkpoints: [],
    rolloutSteps: [],
    metrics: [],
    findings: [],
    rewardErrors: 0,
    droppedEvents: 0,
    spec: null,
    totals: {},
  };
}

describe('charts', () => {
  const metrics = {
    'train/reward': [0.1, 0.2, 'NaN', 0.4],
    'eval/reward': [null, 0.3, null, null],
    'train/loss': [1, 2, 3, 4],
    'train/mem_gb': [1, 1, 1, 1],
  } as const;
  const options: FakeOptions = {
    metrics: structuredClone(metrics) as never,
    run: { step: 4, rolloutSteps: [1, 2, 3, 4] },
    groups: groupsOf,
  };

  it('draws only metrics that exist, in order, the lesser ones on demand', async () => {
    const page = await show(options);
    await until(() => page.all('cs-run-chart canvas').length === 2, 'two charts');
    expect(page.all('cs-run-chart h3').map((title) => title.textContent)).toEqual(['reward', 'loss']);
    expect(page.all('cs-run-chart .value').map((value) => value.textContent)).toEqual(['0.4', '0.3', '4']);
    page.click('.more');
    await until(() => page.all('cs-run-chart canvas').length === 3, 'the third chart');
  });

  it('reads and shows new points as the run goes on', async () => {
    const page = await show({ ...options, run: { ...options.run, step: 2 } });
    await until(() => page.text('cs-run-chart .value') === '0.2', 'the second point');
    page.host.advance({ step: 4, status: { kind: 'running', phase: 'training', done: 1, total: 2 } });
    await until(() => page.text('cs-run-chart .value') === '0.4', 'the fourth point');
    expect(page.text('.run-bar .step')).toBe('step 4 of 120');
    expect(page.text('.run-bar .detail')).toBe('training 1/2');
  });

  it('joins many news into few readings', async () => {
    const page = await show(options);
    await settle(page.element);
    const before = page.host.calls.filter(({ method }) => method === 'run-read').length;
    for (let news = 0; news < 50; news += 1) page.host.advance({ step: 4 });
    await until(
      () => page.host.calls.filter(({ method }) => method === 'run-read').length > before,
      'a reading',
    );
    await settle(page.element);
    expect(page.host.calls.filter(({ method }) => method === 'run-read').length - before).toBeLessThanOrEqual(
      2,
    );
  });

  it('zooms all charts to what was brushed, and back on a double click', async () => {
    const page = await show(options);
    await until(() => page.all('cs-run-chart canvas').length === 2, 'two charts');
    page
      .all('cs-run-chart')[0]
      ?.dispatchEvent(new CustomEvent('cs-brush', { detail: { from: 2, to: 3 }, bubbles: true }));
    await until(() => page.text('.chart-bar').includes('steps 2 to 3'), 'the zoom');
    expect(page.host.calls.filter(({ method }) => method === 'metrics-read').at(-1)?.params).toMatchObject({
      from: 2,
      to: 3,
    });
    page.all('cs-run-chart .u-over')[1]?.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await until(() => !page.text('.chart-bar').includes('steps 2'), 'all steps');
  });

  it('opens the rollouts of a finding’s step', async () => {
    const page = await show({
      ...options,
      run: {
        ...options.run,
        findings: [{ code: 'uniform', level: 'warning', step: 2, detail: 'equal rewards' }],
      },
    });
    page.click('.findings li button');
    await until(() => page.text('cs-group .texts').includes('mixed at 2'), 'step 2');
    expect(page.element.model.rollouts.live).toBe(false);
  });

  it('draws again in the colours of another theme', async () => {
    const page = await show(options);
    await until(() => page.all('cs-run-chart canvas').length === 2, 'two charts');
    const before = page.all('cs-run-chart canvas')[0];
    document.body.classList.toggle('vscode-light');
    await until(() => page.all('cs-run-chart canvas')[0] !== before, 'another canvas');
    expect(page.all('cs-run-chart canvas').length).toBe(2);
  });

  it('gives every point as CSV', async () => {
    const page = await show(options);
    await until(() => page.all('cs-run-chart canvas').length === 2, 'two charts');
    page
      .all('cs-run-chart')[0]
      ?.dispatchEvent(
        new CustomEvent('cs-csv', { detail: { names: ['reward'], to: 'file' }, bubbles: true }),
      );
    await until(() => page.host.calls.some(({ method }) => method === 'export-chart'), 'the export');
    const params = page.host.calls.find(({ method }) => method === 'export-chart')?.params as {
      text: string;
    };
    expect(params.text).toBe('step,train/reward,eval/reward\n1,0.1,\n2,0.2,0.3\n3,NaN,\n4,0.4,\n');
  });
});

describe('rollouts', () => {
  it('reads the list again after it could not be read', async () => {
    let broken = true;
    const page = await show(
      {
        ...rollouts(),
        handlers: {
          'groups-read': ({ step }) => {
            if (broken) throw { code: 'internal', message: 'The rollouts file is cut short.', hint: '' };
            return { step, total: 0, matched: 0, groups: [] };
          },
        },
      },
      first,
    );
    await until(() => page.text('.side').includes('cut short'), 'the error');
    broken = false;
    page.click('.side .cs-button');
    await until(() => page.text('.side').includes('No groups at this step.'), 'the empty list');
  });

  it('shows the newest step first and follows it until a person moves', async () => {
    const page = await show(rollouts(), first);
    await until(() => page.text('cs-group .texts').includes('mixed at 3'), 'step 3');
    page.host.advance({ rolloutSteps: [1, 2, 3, 4], step: 4 });
    await until(() => page.text('cs-group .texts').includes('mixed at 4'), 'step 4');
    await page.command('previous-step');
    await until(() => page.text('cs-group .texts').includes('mixed at 3'), 'step 3 again');
    page.host.advance({ rolloutSteps: [1, 2, 3, 4, 5], step: 5 });
    await until(() => page.all('.slider')[0]?.getAttribute('max') === '4', 'the longer slider');
    expect(page.text('cs-group .texts')).toContain('mixed at 3');
    page.click('.live');
    await until(() => page.text('cs-group .texts').includes('mixed at 5'), 'the newest step');
  });

  it.each([
    ['groups-read', 'a rollout is chosen'],
    ['group-read', 'a rollout is chosen'],
    ['groups-read', 'a rollout is promoted'],
    ['group-read', 'a rollout is promoted'],
    ['groups-read', 'another group is chosen'],
  ] as const)('a newer step on its way (%s) does not take the place when %s', async (late, move) => {
    let release = (): void => undefined;
    const gate = new Promise<void>((done) => {
      release = done;
    });
    const arrival = (method: string, step: number) => (step === 4 && method === late ? gate : undefined);
    const page = await show({ ...rollouts(), arrival }, first);
    await until(() => page.text('cs-group .texts').includes('mixed at 3'), 'step 3');
    page.host.advance({ rolloutSteps: [1, 2, 3, 4], step: 4 });
    const asked = () =>
      page.host.calls.some(
        ({ method, params }) => method === late && (params as { step: number }).step === 4,
      );
    await until(asked, 'the reading of step 4');
    if (move === 'a rollout is chosen') await page.command('next-rollout');
    if (move === 'a rollout is promoted') await page.command('promote');
    if (move === 'another group is chosen') await page.command('next-group');
    release();
    await settle(page.element);
    expect(page.text('cs-group .texts')).toContain(
      move === 'another group is chosen' ? 'bad at 3' : 'mixed at 3',
    );
    if (move === 'a rollout is chosen') expect(page.text('cs-group .where')).toBe('rollout 2 of 4');
    if (move === 'a rollout is promoted') expect(page.all('cs-group .fact.promoted')).toHaveLength(1);
    expect(page.element.model.rollouts.step).toBe(3);
    expect(page.element.model.rollouts.live).toBe(false);
    await until(() => page.element.model.rollouts.pages.selection?.step === 3, 'the list of step 3');
    page.host.advance({ rolloutSteps: [1, 2, 3, 4, 5], step: 5 });
    await settle(page.element);
    expect(page.element.model.rollouts.step).toBe(3);
  });

  it('moves by the commands of VS Code, and sorts rollouts by reward', async () => {
    const page = await show(rollouts(), first);
    await until(() => page.all('cs-group .column').length === 4, 'the strip');
    expect(page.all('cs-group .column .number:nth-of-type(3)').map((number) => number.textContent)).toEqual([
      '1.20',
      '1.00',
      '0.20',
      '0.00',
    ]);
    await page.command('next-rollout');
    expect(page.text('cs-group .where')).toBe('rollout 2 of 4');
    await page.command('next-group');
    await until(() => page.text('cs-group .texts').includes('bad at 3'), 'the second group');
    expect(page.text('cs-group .where')).toBe('rollout 1 of 4');
    await page.command('previous-group');
    await page.command('previous-step');
    await until(() => page.text('cs-group .texts').includes('mixed at 2'), 'step 2');
    await page.command('open-source');
    expect(page.host.calls.at(-1)).toEqual({ method: 'trace-open', params: { step: 2, group: 0 } });
  });

  it.each([
    ['worst', 'bad at 3', '3 groups'],
    ['best', 'good at 3', '3 groups'],
    ['widest', 'mixed at 3', '3 groups'],
    ['uniform', 'bad at 3', '2 of 3 groups'],
  ])('orders groups: %s', async (order, prompt, count) => {
    const page = await show(rollouts(), { ...first, order });
    await until(() => page.text('cs-group .texts').includes(prompt), prompt);
    expect(page.text('.step-bar .count')).toBe(count);
  });

  it('searches, says what is wrong with a search, and clears it', async () => {
    const page = await show(rollouts(), first);
    const box = () => page.all('.search input')[0] as HTMLInputElement;
    await until(() => box() !== undefined, 'the search box');
    const type = (text: string) => {
      box().value = text;
      box().dispatchEvent(new Event('input', { bubbles: true }));
    };
    for (const text of ['g', 'go', 'good']) type(text);
    await until(() => page.text('.step-bar .count') === '1 of 3 groups', 'one group');
    const searches = page.host.calls.flatMap(({ method, params }) =>
      method === 'groups-read' ? [(params as { search: string }).search] : [],
    );
    expect(searches.filter((search) => search !== '')).toEqual(['good']);
    type('reward><');
    await until(() => page.text('.side').includes('compared with a number'), 'the error');
    type('nothing like it');
    await until(() => page.text('.side').includes('No rollout of this step matches.'), 'the empty list');
    page.click('.side .cs-button');
    await until(() => page.text('.step-bar .count') === '3 groups', 'all groups');
  });

  it('marks what differs between two rollouts', async () => {
    const texts = [
      '<think>the red ball</think>\n<answer>1</answer>',
      '<think>the blue ball</think>\n<answer>1</answer>',
    ];
    const page = await show(
      { run: { rolloutSteps: [1] }, groups: () => [group('balls', [0, 1], texts)] },
      first,
    );
    await until(() => page.all('cs-group .column').length === 2, 'the strip');
    await page.command('diff');
    expect(page.all('.diff .removed').map((part) => part.textContent)).toEqual(['blue']);
    expect(page.all('.diff .added').map((part) => part.textContent)).toEqual(['red']);
    expect(page.all('.column .mark').map((part) => part.textContent)).toEqual(['A', 'B']);
    page.element.style.width = '560px';
    await until(() => page.all('.panes.narrow').length === 1, 'the narrow layout');
    for (const { offsetHeight } of page.all('.column .mark')) expect(offsetHeight).toBeLessThan(24);
    await page.command('diff');
    expect(page.all('.diff')).toEqual([]);
  });

  it('promotes a rollout and keeps the mark over a reload', async () => {
    const page = await show(rollouts(), first);
    await until(() => page.all('cs-group .column').length === 4, 'the strip');
    await page.command('next-rollout');
    await page.command('promote');
    expect(page.host.calls.find(({ method }) => method === 'rollout-promote')?.params).toEqual({
      step: 3,
      group: 0,
      index: 3,
    });
    expect(page.text('.fact.promoted')).toBe('promoted to promoted.jsonl');
    expect(page.host.transport.readState()).toMatchObject({
      version: 1,
      folder: '/data/.coldstart/runs/20260101-120000-ab12',
      tab: 'rollouts',
      promoted: [{ step: 3, group: 0, index: 3 }],
    });
    const state = page.host.transport.readState() as Record<string, unknown>;
    page.element.remove();
    const again = await show(rollouts(), state);
    await until(() => again.all('cs-group .column .promoted').length === 1, 'the mark');
    await again.command('next-rollout');
    again.click('.fact.promoted button');
    await until(() => again.host.calls.some(({ method }) => method === 'promoted-open'), 'the trace');
    expect(again.host.calls.find(({ method }) => method === 'promoted-open')?.params).toEqual({
      step: 3,
      group: 0,
      index: 3,
    });
  });

  it('goes to the rollout that another surface points at', async () => {
    const page = await show(rollouts());
    page.host.emit('reveal', { step: 2, group: 0, index: 2 });
    await until(() => page.text('cs-group .where') === 'rollout 3 of 4', 'the third best');
    expect(page.text('cs-group .texts')).toContain('mixed at 2');
  });

  it('shows hostile text as text', async () => {
    const evil =
      '<think><img src=x onerror="window.hacked=1"><script>window.hacked=1</script> [x](javascript:alert(1)) \u202eevil\u202c</think>\n<answer><b>1</b></answer>';
    const page = await show(
      {
        run: { rolloutSteps: [1] },
        groups: () => [group('<img src=y onerror="window.hacked=1">', [0, 1], [evil, `${evil} more`])],
      },
      first,
    );
    await until(() => page.all('cs-group cs-rich-text').length > 2, 'the completion');
    await page.command('diff');
    const bad = page.all('img[src="x"], img[src="y"], script, a[href^="javascript"]');
    expect(bad).toEqual([]);
    expect('hacked' in window).toBe(false);
    expect(page.text('.diff')).toContain('onerror=');
    expect(page.text('.group-row .preview')).toContain('<img src=y');
  });

  it.each<[string, Partial<RunView>, string]>([
    [
      'before the first step',
      { status: { kind: 'running', phase: 'generating', done: 1, total: 8 }, step: 0, rolloutSteps: [] },
      'No rollouts yet: the first step is being generated.',
    ],
    [
      'of a run that ended early',
      { status: { kind: 'completed' }, rolloutSteps: [] },
      'This run ended before rollouts were written.',
    ],
  ])('says why there are none %s', async (_, run, words) => {
    const page = await show({ run }, first);
    expect(page.text('#panel')).toContain(words);
  });

  it('has no rollouts tab for SFT, and says so', async () => {
    const page = await show({ run: { stage: 'sft', rolloutSteps: [] } }, first);
    expect(page.all('[role="tab"]').map((tab) => tab.textContent)).toEqual([
      'Overview',
      'Checkpoints',
      'Evaluation',
      'Log',
      'Config',
    ]);
    expect(page.text('.facts')).toContain('SFT samples no completions');
  });
});

describe('other tabs', () => {
  it('reads the log of the chosen stream and follows its end', async () => {
    const logs = { stdout: 'one\n'.repeat(200), stderr: '' };
    const page = await show({ logs }, { ...first, tab: 'log' });
    await until(() => page.all('pre.log').length === 1, 'the log');
    await settle(page.element);
    const log = page.all('pre.log')[0];
    expect((log?.scrollTop ?? 0) + (log?.clientHeight ?? 0)).toBeGreaterThan((log?.scrollHeight ?? 0) - 5);
    logs.stdout += 'the end\n';
    page.host.advance({});
    await until(() => page.text('pre.log').endsWith('the end'), 'the new line');
    page.all('.log-bar .orders button')[1]?.click();
    await until(() => page.text('#panel').includes('Nothing was written to stderr.'), 'the empty stream');
  });

  it('shows checkpoints newest first', async () => {
    const checkpoint = { kind: 'periodic' as const, resumable: true, adapterOnly: true, bytes: 148_000_000 };
    const page = await show(
      {
        run: {
          folder: '/f',
          checkpoints: [
            { step: 10, path: '/f/checkpoints/10', ...checkpoint },
            { step: 20, path: '/elsewhere/20', ...checkpoint, resumable: false },
          ],
        },
      },
      { ...first, tab: 'checkpoints' },
    );
    const rows = page
      .all('.data tbody tr')
      .map((row) => [...row.children].slice(0, 6).map((cell) => cell.textContent?.trim()));
    expect(rows).toEqual([
      ['20', 'periodic', '148 MB', 'no', 'adapter', '/elsewhere/20'],
      ['10', 'periodic', '148 MB', 'yes', 'adapter', 'checkpoints/10'],
    ]);
  });

  it('shows the spec as names and values', async () => {
    const page = await show(
      {
        run: {
          spec: { stage: 'grpo', learning_rate: 1e-6, lora: { rank: 64, targets: ['q', 'v'] }, resume: null },
        },
      },
      { ...first, tab: 'config' },
    );
    const rows = page
      .all('.pairs tr')
      .map((row) => [...row.children].map((cell) => cell.textContent).join('='));
    expect(rows).toEqual(
      expect.arrayContaining([
        'stage=grpo',
        'learning_rate=1e-6',
        'resume=not set',
        'rank=64',
        'targets=q, v',
      ]),
    );
  });
});

describe('keys', () => {
  it('keeps what is typed from VS Code, and leaves letters to it at once when the field is left', async () => {
    const page = await show(rollouts(), first);
    await until(() => page.all('cs-group .column').length === 4, 'the strip');
    page.all('cs-virtual-list')[0]?.focus();
    const keys = ['j', 'n', 'p', 'd', 'ArrowRight'];
    const press = (all: readonly string[]) => {
      for (const key of all) {
        document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      }
    };
    expect(await reachingWindow(() => press(['/']))).toEqual([]);
    expect(document.activeElement?.matches('.search input')).toBe(true);
    expect(await reachingWindow(() => press(keys))).toEqual([]);
    expect(await reachingWindow(() => press(['Escape', ...keys]))).toEqual(['Escape', ...keys]);
    await settle(page.element);
    expect(page.text('cs-group .where')).toBe('rollout 1 of 4');
    expect(page.host.calls.some(({ method }) => method === 'rollout-promote')).toBe(false);
  });

  it('ignores keys of the rollouts on other tabs', async () => {
    const page = await show(rollouts());
    await page.command('promote');
    await page.command('next-group');
    expect(page.host.calls.map(({ method }) => method)).not.toContain('rollout-promote');
  });
});

describe('the strip of rollouts', () => {
  it('marks what a search finds and shows the first of it', async () => {
    const page = await show(rollouts(), first);
    await until(() => page.all('cs-group .column').length === 4, 'the strip');
    await page.command('search');
    const input = page.all('.search input')[0] as HTMLInputElement;
    input.value = 'thought 2';
    input.dispatchEvent(new Event('input'));
    // Sorted by reward, the third sampled one stands third.
    await until(() => page.text('cs-group .where') === 'rollout 3 of 4 · 1 found', 'the found rollout');
    expect(page.all('cs-group .column').map((column) => column.classList.contains('found'))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    await page.command('next-rollout');
    expect(page.text('cs-group .where')).toContain('rollout 4 of 4');
  });

  it('names its rows, and has no row of advantages when all are zero', async () => {
    const page = await show(rollouts(), first);
    await until(() => page.all('cs-group .column').length === 4, 'the strip');
    expect(page.text('cs-group .row-heads')).toBe('reward advantage');
    const even = group('even', [1, 1]);
    const flat = { ...even, rollouts: even.rollouts.map((one) => ({ ...one, advantage: 0 })) };
    page.element.remove();
    const uniform = await show({ ...rollouts(), groups: () => [flat] }, first);
    await until(() => uniform.all('cs-group .column').length === 2, 'the other strip');
    expect(uniform.text('cs-group .row-heads')).toBe('reward');
    expect(uniform.all('cs-group .column .advantage')).toEqual([]);
  });
});
