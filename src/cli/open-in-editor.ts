import { spawn, spawnSync } from 'node:child_process';

/** Opens a folder in VS Code when `code` is on the PATH and has the extension; false otherwise. */
export async function openInEditor(folder: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const listed = spawnSync('code', ['--list-extensions'], { encoding: 'utf8', timeout: 20_000 });
  if (listed.status !== 0 || !/^coldstart\.coldstart$/m.test(listed.stdout)) return false;
  const child = spawn('code', [folder], { stdio: 'ignore', detached: true });
  child.unref();
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
  });
}
