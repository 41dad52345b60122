import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { type Person, walk } from './person.ts';
import { curatedSets } from './workspace.ts';

const set = curatedSets.find(({ title }) => title === 'our own fixture');
if (!set) throw new Error('The fixture of our own is always there.');

const widget = ({ workbench }: Person) => workbench.page.locator('.quick-input-widget:visible');

/** Waits until the wizard asks under this title. */
const asks = (person: Person, title: string) =>
  eventually(
    'The title of the question',
    () => widget(person).locator('.quick-input-title').textContent(),
    (shown) => shown === title,
  );

const goBack = (person: Person) => widget(person).locator('.codicon-quick-input-back').click();

walk('A person writes a run spec with the wizard', {
  prepare: async (folder) => {
    await set.prepare(folder);
    mkdirSync(path.join(folder, 'models', 'random'), { recursive: true });
    writeFileSync(path.join(folder, 'models', 'random', 'config.json'), '{"model_type": "llava"}');
    writeFileSync(path.join(folder, 'rewards.py'), 'def own_score(completions, **_):\n    return [0.0]\n');
  },
  // Answers are read by another rule than the default: that of the reward, too.
  host: { vscode: 'newest', settings: { 'coldstart.extraction': 'answer_tag' } },
  steps: [
    [
      'questions are numbered as they are shown, and lead back',
      async (person) => {
        const { workbench, folder } = person;
        await workbench.runCommand('Coldstart: Start SFT run…');
        await asks(person, 'Start SFT run: dataset');
        await workbench.pick('traces.jsonl');
        await asks(person, 'Start SFT run (2/3): model');
        await goBack(person);
        await asks(person, 'Start SFT run: dataset');
        await workbench.pick('traces.jsonl');
        await asks(person, 'Start SFT run (2/3): model');
        await workbench.pick('Hugging Face id…');
        await widget(person).locator('input[placeholder^="Qwen/"]').waitFor();
        await workbench.page.keyboard.press('Escape');
        await widget(person).locator('.monaco-list-row').first().waitFor();
        await workbench.pick('Folder…');
        await asks(person, 'Folder of the model');
        await workbench.page.keyboard.press('Escape');
        await asks(person, 'Start SFT run (2/3): model');
        expect((await workbench.pickRows())[0]).toContain('models/random');
        await workbench.page.keyboard.press('Enter');
        await asks(person, 'Start SFT run (3/3): size');
        await workbench.pick('Dry run');
        await workbench.tab('traces-sft.run.json').waitFor();
        const spec = JSON.parse(readFileSync(path.join(folder, 'traces-sft.run.json'), 'utf8'));
        expect(spec).toMatchObject({
          stage: 'sft',
          model: 'models/random',
          dataset: { path: 'traces.jsonl' },
          extraction: 'answer_tag',
        });
      },
    ],
    [
      'values of a run spec are proposed from the workspace',
      async (person) => {
        const { workbench, folder } = person;
        const { page } = workbench;
        const rows = page.locator('.suggest-widget.visible .monaco-list-row');
        const name = 'typed.run.json';
        writeFileSync(path.join(folder, name), '{\n"model": ""\n}\n');
        await workbench.openFromExplorer(name);
        const propose = async (line: string, expected: string, takes = false) => {
          await page.locator('.monaco-editor .view-line:visible').first().click();
          await page.keyboard.press('ControlOrMeta+A');
          await page.keyboard.press('Delete');
          await page.keyboard.insertText(line);
          for (let left = line.length - line.indexOf('""') - 1; left > 0; left -= 1)
            await page.keyboard.press('ArrowLeft');
          await page.keyboard.press('ControlOrMeta+Space');
          await rows.filter({ hasText: expected }).first().waitFor();
          // Rows are narrowed by what is typed; here nothing is, so that the first is taken.
          await page.keyboard.press(takes ? 'Enter' : 'Escape');
        };
        await propose('{"model": ""}', 'models/random');
        await propose('{"dataset": {"path": ""}}', 'traces.jsonl');
        await propose('{"rewards": [{"file": ""}]}', 'rewards.py:own_score', true);
        await page.keyboard.press('ControlOrMeta+S');
        await expect
          .poll(() => readFileSync(path.join(folder, name), 'utf8'))
          .toBe('{"rewards": [{"file": "rewards.py:own_score"}]}');
      },
    ],
  ],
});
