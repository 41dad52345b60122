// Lays out the built extension as VS Code would find it installed.
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { extensionFiles } from '../extension-files.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Puts the extension into `folder` as VS Code would find it installed: manifest, dist, media and native packages.
 * A copy, not a link: VS Code knows an extension's code by its real path, and hands no bytes to webviews of code that it
 * cannot place. It is safe from builds made meanwhile, too.
 */
export function stageExtension(folder, { source = root } = {}) {
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(source, 'package.json'), path.join(folder, 'package.json'));
  for (const name of extensionFiles) {
    const from = path.join(source, name);
    if (existsSync(from)) cpSync(from, path.join(folder, name), { recursive: true });
  }
  const modules = path.join(source, 'node_modules');
  if (existsSync(modules)) symlinkSync(modules, path.join(folder, 'node_modules'));
  return folder;
}
