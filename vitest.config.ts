import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumPath } from './scripts/vscode-host/system.mjs';

const executablePath = chromiumPath();
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** Tests that start servers and browsers: one at a time, with minutes instead of seconds. */
const serial = {
  fileParallelism: false,
  testTimeout: 300_000,
  hookTimeout: 300_000,
  retry: 0,
  expect: { poll: { timeout: 60_000, interval: 50 } },
} as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'webview',
          include: ['test/webview/**/*.test.ts'],
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            viewport: { width: 1200, height: 800 },
            instances: [{ browser: 'chromium' }],
            provider: playwright({
              launchOptions: {
                args: [...sandbox, '--disable-background-networking', '--disable-component-update'],
                ...(executablePath ? { executablePath } : {}),
              },
            }),
          },
        },
        optimizeDeps: {
          include: [
            'lit',
            'lit/decorators.js',
            'lit/directive.js',
            'lit/directives/live.js',
            'lit/directives/repeat.js',
            'dompurify',
            'katex',
            'markdown-it',
            'uplot',
            'zod',
          ],
        },
        esbuild: {
          tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
        },
      },
      { test: { name: 'host', include: ['test/host/**/*.test.ts'], ...serial } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...serial } },
      { test: { name: 'package', include: ['test/package/**/*.test.ts'], ...serial } },
    ],
  },
});
