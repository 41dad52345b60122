// npm run host -- FOLDER: opens a folder in a browser-hosted VS Code with the built extension, until Ctrl-C.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.mjs';
import { nodePackages } from './prepare.mjs';
import { startHost } from './vscode-host/start.mjs';

const usage = `Usage: npm run host -- FOLDER [--vscode oldest|newest] [--port N] [--user-data DIR] [--settings JSON] [--trust-prompt]

Prints one line "ready URL" when the folder can be opened in a browser. Ctrl-C ends it and all it started.
  --vscode      oldest (1.100) or newest (1.139, the default)
  --port        port on 127.0.0.1 (default: a free one)
  --user-data   keep VS Code's state in this folder (default: a temporary folder)
  --settings    VS Code settings as JSON, for example '{"workbench.colorTheme":"Default Light Modern"}'
  --trust-prompt  ask whether the folder is trusted, as VS Code does; without it every folder is trusted
`;

function readSettings(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail(`--settings is not JSON: ${error.message}`);
  }
}

const { values, positionals, fail } = readArguments(usage, {
  vscode: { type: 'string', default: 'newest' },
  port: { type: 'string' },
  'user-data': { type: 'string' },
  settings: { type: 'string', default: '{}' },
  'trust-prompt': { type: 'boolean', default: false },
});
if (positionals.length !== 1) fail('Name one folder.');
if (!['oldest', 'newest'].includes(values.vscode))
  fail(`--vscode is oldest or newest, not ${values.vscode}.`);
const port = values.port === undefined ? undefined : Number(values.port);
if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536))
  fail('--port is a number from 1 to 65535.');

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.resolve(process.env.INIT_CWD ?? '.', positionals[0]);
mkdirSync(folder, { recursive: true });
let ending = false;
let host;
const end = async (code) => {
  if (ending) return;
  ending = true;
  await host?.stop();
  process.exit(code);
};
process.on('SIGINT', () => end(130));
process.on('SIGTERM', () => end(143));
process.on('SIGHUP', () => end(129));
try {
  await nodePackages(root);
  const { build, isStale } = await import('./build.mjs');
  if (isStale()) {
    process.stderr.write('Building the extension\n');
    await build();
  }
  host = await startHost({
    vscode: values.vscode,
    folder,
    settings: readSettings(values.settings),
    trustPrompt: values['trust-prompt'],
    ...(port ? { port } : {}),
    ...(values['user-data'] ? { userData: values['user-data'] } : {}),
  });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
process.stdout.write(`ready ${host.url}\n`);
// A terminal or npm that dies without a signal must not leave a server behind.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && end(1), 1000);
