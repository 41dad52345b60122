import { describe, expect, it } from 'vitest';
import type { FakeOther } from './fake-comparison.ts';
import type { FakeOptions } from './fake-run.ts';
import { first, settle, show, until } from './shown-run.ts';

const ramp = (length: number, by: number) => Array.from({ length }, (_, at) => at * by);
const spec = { dataset: { path: '/w/train.jsonl' }, batch_size: 8, beta: 0.01, seed: 7 };
const other = (id: string, change: Partial<FakeOther['run']> = {}): FakeOther => ({
  run: { id, name: id, spec, ...change },
  metrics: { 'train/reward': ramp(30, 0.02), 'train/kl': ramp(30, 0.001) },
  secondsPerStep: 100,
});
const others = [
  other('wide', { spec: { ...spec, batch_size: 32 } }),
  other('hot', { spec: { ...spec, temperature: 1.2 } }),
];
const options: FakeOptions = {
  run: { folder: '/f', name: 'mine', spec: { ...spec, temperature: 1 }, metrics: ['reward'], step: 40 },
  metrics: { 'train/reward': ramp(40, 0.01) },
  others,
  ticks: () => ['wide', 'hot'],
};
const tab = { ...first, tab: 'overview' };
const compared = [
  { run: 'wide', look: 1 },
  { run: 'hot', look: 2 },
];
const even = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();
type Page = Awaited<ReturnType<typeof show>>;
const legend = (page: Page) => page.all('.compare-legend .entry').map((one) => even(one.textContent));
const compareButton = (page: Page) =>
  page.all('.run-bar button').find((one) => even(one.textContent) === 'Compare…');
const values = (page: Page, at = 0) =>
  [...(page.all('cs-run-chart .overlay-values')[at]?.children ?? [])].map((one) => even(one.textContent));
const asked = (page: Page) =>
  page.host.calls
    .filter(({ method }) => method === 'metrics-read')
    .map(({ params }) => params as { run: string | null; axis: string; names: string[]; from?: number });

async function showCompared(change: FakeOptions = {}, state: Record<string, unknown> = {}): Promise<Page> {
  const page = await show({ ...options, ...change }, { ...tab, compared, ...state });
  await until(() => page.all('.compare-legend').length === 1, 'the comparison');
  await until(() => values(page).every((one) => one !== '' && one !== '–'), 'the values');
  return page;
}

describe('comparing runs', () => {
  it('draws the chosen runs over this one, with values and a colour and dash of each', async () => {
    const page = await show(options, tab);
    await until(() => page.all('cs-run-chart canvas').length === 1, 'the chart');
    compareButton(page)?.click();
    await until(() => values(page).join() === '0.39,0.58,0.58', 'the last values of all');
    expect(legend(page)).toEqual(['mine', 'wide', 'hot']);
    // A metric that only the others have is drawn, too.
    expect(page.all('cs-run-chart h3').map((one) => one.textContent)).toEqual([
      'reward',
      'KL to the reference',
    ]);
    expect(values(page, 1)).toEqual(['–', '0.029', '0.029']);
    const swatches = page.all('.compare-legend .swatch');
    expect(new Set(swatches.map((one) => one.getAttribute('class'))).size).toBe(3);
    expect(new Set(swatches.map((one) => one.innerHTML)).size).toBe(3);
    expect(page.all('cs-run-chart .plot')[0]?.getAttribute('aria-label')).toBe(
      'reward, mine 0.39, wide 0.58, hot 0.58',
    );
  });

  it('lists the settings that differ before the curves, and warns when a step is other work', async () => {
    const page = await showCompared();
    expect(page.text('.compare-settings .more')).toBe('Same in all but 2 settings');
    expect(page.text('.unlike')).toBe('A step is not the same work: batch sizes differ.');
    expect(
      page.all('.settings tr').map((one) => [...one.children].map((cell) => even(cell.textContent))),
    ).toEqual([
      ['Setting', 'mine', 'wide', 'hot'],
      ['batch_size', '8', '32', '8'],
      ['temperature', '1', '–', '1.2'],
    ]);
    page.click('.compare-settings .more');
    await settle(page.element);
    expect(page.all('.settings')).toEqual([]);
    expect(page.all('.compare-settings .more')[0]?.getAttribute('aria-expanded')).toBe('false');
  });

  it('draws the losses of SFT and GRPO apart, which are not the same quantity', async () => {
    const withLoss = (id: string, stage: 'sft' | 'grpo', by: number): FakeOther => ({
      run: { id, name: id, spec, stage },
      metrics: { 'train/loss': ramp(11, by) },
    });
    const page = await showCompared(
      {
        run: { ...options.run, metrics: ['loss'] },
        metrics: { 'train/loss': ramp(41, 0.001) },
        others: [withLoss('cold', 'sft', 0.2), withLoss('again', 'grpo', 0.002)],
      },
      {
        compared: [
          { run: 'cold', look: 1 },
          { run: 'again', look: 2 },
        ],
      },
    );
    expect(page.all('cs-run-chart h3').map((one) => one.textContent)).toEqual(['loss, GRPO', 'loss, SFT']);
    await until(() => values(page, 1).join() === '2', 'the loss of SFT');
    expect(values(page)).toHaveLength(2);
  });

  it('says so when nothing but the name differs', async () => {
    const alike = other('again', { spec: { ...spec, temperature: 1, name: 'again' } });
    const page = await showCompared({ others: [alike] }, { compared: [{ run: 'again', look: 1 }] });
    expect(page.text('.compare-settings')).toBe('Same in all settings');
  });

  it('lays runs over each other by wall time, and reads the window in seconds', async () => {
    const page = await showCompared();
    page.all('.chart-bar .orders button')[1]?.click();
    await until(() => asked(page).at(-1)?.axis === 'time', 'the time');
    expect(page.all('.unlike')).toEqual([]);
    await until(() => values(page).join() === '0.39,0.58,0.58', 'the values');
    const chart = page.all('cs-run-chart')[0] as HTMLElement & { from: number; to: number };
    // 30 steps of 100 s are longer than 40 of 50 s.
    await until(() => chart.to === 3000, 'the whole time');
    chart.dispatchEvent(new CustomEvent('cs-brush', { detail: { from: 600, to: 1500 } }));
    await until(() => chart.from === 600 && chart.to === 1500, 'the window');
    expect(page.text('.chart-bar')).toContain('10 m 0 s to 25 m 0 s');
    await until(() => asked(page).filter(({ from }) => from === 600).length === 3, 'a reading of each');
    page.all('.chart-bar .orders button')[0]?.click();
    await until(() => chart.from < 600 && chart.to === 40, 'all steps');
  });

  it('takes a run out by its entry, and is a single run again after the last', async () => {
    const page = await showCompared();
    page.click('[aria-label="Remove wide from the comparison"]');
    await until(() => legend(page).length === 2, 'one fewer');
    expect(page.all('.compare-legend .swatch').map((one) => one.getAttribute('class'))).toEqual([
      'swatch look-0',
      'swatch look-2',
    ]);
    page.click('[aria-label="Remove hot from the comparison"]');
    await until(() => page.all('.compare-legend').length === 0, 'a single run');
    await until(() => page.text('cs-run-chart .value.train') === '0.39', 'its value');
    expect(page.all('.compare-settings, .overlay-values')).toEqual([]);
  });

  it('stays as it is when the question is left, and asks with the runs of now', async () => {
    const before: (readonly string[])[] = [];
    const page = await showCompared({
      ticks(runs) {
        before.push(runs);
        return null;
      },
    });
    compareButton(page)?.click();
    await until(() => before.length === 1, 'the question');
    await settle(page.element);
    expect(before).toEqual([['wide', 'hot']]);
    expect(legend(page)).toEqual(['mine', 'wide', 'hot']);
  });

  it('follows runs that go on', async () => {
    const live = other('live', { seq: 1, step: 10 });
    const page = await showCompared({ others: [live] }, { compared: [{ run: 'live', look: 1 }] });
    expect(values(page)).toEqual(['0.39', '0.18']);
    Object.assign(live.run, { seq: 2, step: 20 });
    page.host.emit('compared-advanced', { run: 'live', seq: 2 });
    await until(() => values(page).join() === '0.39,0.38', 'the new points');
  });

  it('says when a run cannot be read any more, and goes on without it', async () => {
    const page = await showCompared({ others: others.slice(1) });
    expect(legend(page)).toEqual(['mine', 'hot']);
    expect(page.text('#panel, .cs-notice')).not.toBe('');
    expect(even(page.element.textContent)).toContain('1 compared run cannot be read any more.');
  });

  it('tells two runs of one name apart, in the legend and in the CSV', async () => {
    const texts: string[] = [];
    const twin = other('20260101-000000-cd34', { name: 'mine' });
    const page = await showCompared(
      {
        others: [twin],
        handlers: {
          'export-chart': ({ text }) => {
            texts.push(text);
            return {};
          },
        },
      },
      { compared: [{ run: '20260101-000000-cd34', look: 1 }] },
    );
    expect(legend(page)).toEqual(['mine ab12', 'mine cd34']);
    page
      .all('cs-run-chart')[0]
      ?.dispatchEvent(new CustomEvent('cs-csv', { detail: { names: ['reward'], to: 'file' } }));
    await until(() => texts.length === 1, 'the file');
    expect(texts[0]?.split('\n').slice(0, 3)).toEqual([
      'step,train/reward of mine ab12,train/reward of mine cd34',
      '1,0,0',
      '2,0.01,0.02',
    ]);
  });

  it('shows a reading that was asked for again while it was under way', async () => {
    let isLate = false;
    let release = (): void => undefined;
    const gate = new Promise<void>((done) => {
      release = done;
    });
    const live = other('live', { seq: 1 });
    const page = await showCompared(
      {
        others: [live],
        handlers: {
          'metrics-read': async ({ run }) => {
            const isGated = isLate && run === 'live';
            if (isGated) await gate;
            const values = [0, isGated ? 0.9 : 0.1];
            return {
              seq: 1,
              series: [{ name: 'reward', split: 'train', steps: [1, 2], values, seconds: [50, 100] }],
            };
          },
        },
      },
      { compared: [{ run: 'live', look: 1 }] },
    );
    const count = (method: string) => page.host.calls.filter((call) => call.method === method).length;
    const readings = count('metrics-read');
    isLate = true;
    Object.assign(live.run, { seq: 2 });
    page.host.emit('compared-advanced', { run: 'live', seq: 2 });
    await until(() => count('metrics-read') > readings, 'the reading');
    const before = count('run-read');
    page.host.emit('run-advanced', { seq: 1 });
    await until(() => count('run-read') > before, 'news of this run');
    await settle(page.element);
    release();
    await until(() => values(page).join() === '0.1,0.9', 'what was read');
  });
});
