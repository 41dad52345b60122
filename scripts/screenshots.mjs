// npm run screenshots [-- NAME…]: PNGs of the surfaces in a real VS Code, into screenshots/, by theme and width.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { readArguments } from './arguments.mjs';
import { build, isStale } from './build.mjs';
import { startHost } from './vscode-host/start.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { launchBrowser, themeNames, themeSettings, Workbench } = await tsImport(
  '../test/e2e/driver.ts',
  import.meta.url,
);
const { surfaces, surfaceSettings, prepareWorkspace, closeWorkspace } = await tsImport(
  '../test/e2e/surfaces.ts',
  import.meta.url,
);

const usage = `Usage: npm run screenshots [-- NAME… OPTIONS]

Writes screenshots/<surface>-<state>-<theme>-<width>.png of the surfaces whose names begin with NAME, or of all.
  --list        names of the surfaces
  --theme T     ${themeNames.join(', ')}; as often as needed (default: all)
  --width N     pixels; as often as needed (default: 900 and 1600)
  --vscode      oldest or newest (default: newest)
`;

const { values, positionals, fail } = readArguments(usage, {
  vscode: { type: 'string', default: 'newest' },
  theme: { type: 'string', multiple: true, default: [...themeNames] },
  width: { type: 'string', multiple: true, default: ['900', '1600'] },
  list: { type: 'boolean', default: false },
});
const unknown = values.theme.find((theme) => !themeNames.includes(theme));
if (unknown !== undefined) fail(`There is no theme "${unknown}".`);
const matches = ({ surface, state }) =>
  positionals.length === 0 || positionals.some((name) => `${surface}-${state}`.startsWith(name));
const chosen = surfaces.filter(matches);
if (values.list || chosen.length === 0) {
  for (const { surface, state, about } of surfaces) process.stdout.write(`${surface}-${state}\t${about}\n`);
  process.exit(values.list ? 0 : 2);
}

if (isStale()) await build();
const browser = await launchBrowser();
const scratch = mkdtempSync(path.join(tmpdir(), 'coldstart-shots-'));
const out = path.join(root, 'screenshots');
mkdirSync(out, { recursive: true });
let failures = 0;

/** Takes the chosen states in one theme and width, each in a fresh window of one host on the folder. */
async function shoot(states, folder, theme, width) {
  if (states.length === 0) return;
  const host = await startHost({
    vscode: values.vscode,
    folder,
    settings: { ...themeSettings(theme, values.vscode), ...surfaceSettings },
  });
  try {
    for (const { surface, state, reach } of states) {
      const name = `${surface}-${state}-${theme}-${width}`;
      const workbench = await Workbench.open(browser, host, { width: Number(width), height: 900 });
      try {
        await reach(workbench);
        process.stdout.write(`${path.relative(root, await workbench.screenshot(name, out))}\n`);
        for (const problem of workbench.problems) process.stderr.write(`  ${problem}\n`);
      } catch (error) {
        failures += 1;
        await workbench.screenshot(`${name}-failed`, out);
        process.stderr.write(`${name}: ${error.message.split('\n')[0]}\n`);
      } finally {
        await workbench.close();
      }
    }
  } finally {
    await host.stop();
  }
}

const workspace = path.join(scratch, 'fruit');
const emptyFolder = path.join(scratch, 'empty');
mkdirSync(emptyFolder);
try {
  await prepareWorkspace(workspace);
  for (const theme of values.theme) {
    for (const width of values.width) {
      const wants = (empty) => chosen.filter((one) => Boolean(one.empty) === empty);
      await shoot(wants(false), workspace, theme, width);
      await shoot(wants(true), emptyFolder, theme, width);
    }
  }
} finally {
  await browser.close();
  closeWorkspace(workspace);
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = failures > 0 ? 1 : 0;
