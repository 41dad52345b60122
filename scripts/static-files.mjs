// Files that reach dist/ as they are.
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

/** Copies media, icon and math fonts, and the trainer package without its tests into `dist`. */
export function copyStatic(root, dist) {
  const at = (...parts) => path.join(root, ...parts);
  const media = path.join(dist, 'media');
  mkdirSync(media, { recursive: true });
  if (existsSync(at('media'))) cpSync(at('media'), media, { recursive: true });
  const codicons = at('node_modules/@vscode/codicons/dist');
  for (const file of ['codicon.css', 'codicon.ttf'])
    cpSync(path.join(codicons, file), path.join(media, file));
  cpSync(at('node_modules/katex/dist/katex.min.css'), path.join(media, 'katex.min.css'));
  cpSync(at('node_modules/katex/dist/fonts'), path.join(media, 'fonts'), {
    recursive: true,
    filter: (file) => !/\.(ttf|woff)$/.test(file),
  });
  rmSync(path.join(dist, 'trainer'), { recursive: true, force: true });
  cpSync(at('src/trainer'), path.join(dist, 'trainer'), {
    recursive: true,
    filter: (file) =>
      !/[\\/](tests|tests_torch|__pycache__|\.pytest_cache)$/.test(file) &&
      (statSync(file).isDirectory() || /\.(py|txt|toml|json)$/.test(file)),
  });
}
