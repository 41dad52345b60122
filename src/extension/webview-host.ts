import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { input } from 'zod';
import { AppError } from '../core/errors.ts';
import {
  type Contract,
  type EventOf,
  type ParsedRequestOf,
  type ToWebview,
  toHostSchema,
  type WireError,
} from '../protocol/rpc.ts';

export type Surface = 'trace-editor' | 'run-dashboard';

type ReplyInput<C extends Contract, M extends keyof C['methods']> = input<C['methods'][M]['reply']>;

/** One handler per method of a contract; `signal` aborts when the page cancels, goes away or is made anew. */
export type Handlers<C extends Contract> = {
  readonly [M in keyof C['methods']]: (
    request: ParsedRequestOf<C, M>,
    signal: AbortSignal,
  ) => Promise<ReplyInput<C, M>> | ReplyInput<C, M>;
};

export interface Served<C extends Contract> extends vscode.Disposable {
  send<E extends keyof C['events'] & string>(event: E, data: EventOf<C, E>): void;
}

/** Messages a webview may have under way at once; more are refused, so that a loop in a page cannot flood the host. */
const maxPending = 200;

/**
 * Fills a webview with a surface and answers its calls. The only place that writes HTML, the content security policy
 * and `localResourceRoots`. Every call gets exactly one reply; errors cross as `{code, message, hint}`. VS Code destroys
 * the page of a hidden panel and makes it anew: its `ready` ends the calls of the page before, which get none.
 */
export function serveWebview<C extends Contract>(
  context: vscode.ExtensionContext,
  webview: vscode.Webview,
  surface: Surface,
  contract: C,
  handlers: Handlers<C>,
  log: { error(message: string): void },
): Served<C> {
  const pending = new Map<number, AbortController>();
  let ready = false;
  let disposed = false;
  const early: ToWebview[] = [];
  const post = (message: ToWebview) => {
    if (disposed) return;
    if (ready || message.type === 'reply') void webview.postMessage(message);
    else if (early.length < 100) early.push(message);
  };

  const abortAll = () => {
    for (const controller of pending.values()) controller.abort();
    pending.clear();
  };

  const answer = async (id: number, method: string, params: unknown) => {
    const controller = new AbortController();
    pending.set(id, controller);
    const reply = (message: ToWebview) => {
      if (pending.get(id) === controller) post(message);
    };
    try {
      const entry = Object.hasOwn(contract.methods, method) ? contract.methods[method] : undefined;
      const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
      if (!entry || !handler) throw new AppError('request-invalid', `Unknown call “${method}”.`);
      const request = entry.request.safeParse(params);
      if (!request.success)
        throw new AppError('request-invalid', `Refused “${method}”: ${request.error.message}`);
      const result = await handler(request.data as never, controller.signal);
      reply({ type: 'reply', id, ok: true, result });
    } catch (error) {
      reply({ type: 'reply', id, ok: false, error: toWireError(error, log) });
    } finally {
      if (pending.get(id) === controller) pending.delete(id);
    }
  };

  const subscription = webview.onDidReceiveMessage((raw: unknown) => {
    const message = toHostSchema.safeParse(raw);
    if (!message.success) return log.error(`${surface}: a message that is none of ours was ignored`);
    switch (message.data.type) {
      case 'ready':
        abortAll();
        ready = true;
        for (const item of early.splice(0)) post(item);
        return;
      case 'cancel':
        return pending.get(message.data.id)?.abort();
      case 'call': {
        const { id, method, params } = message.data;
        if (pending.has(id) || pending.size >= maxPending) {
          const error = { code: 'request-invalid' as const, message: 'Too many calls at once.', hint: '' };
          return post({ type: 'reply', id, ok: false, error });
        }
        void answer(id, method, params);
      }
    }
  });

  const media = vscode.Uri.joinPath(context.extensionUri, 'dist');
  webview.options = { enableScripts: true, enableCommandUris: false, localResourceRoots: [media] };
  webview.html = page(webview, media, surface);
  return {
    send: (event, data) => post({ type: 'event', event, data }),
    dispose() {
      disposed = true;
      subscription.dispose();
      abortAll();
    },
  };
}

/** An error as it crosses to a webview: never a stack, and a stranger's error says that it was unexpected. */
function toWireError(error: unknown, log: { error(message: string): void }): WireError {
  if (error instanceof AppError) return { code: error.code, message: error.message, hint: error.hint };
  if (error instanceof Error && error.name === 'AbortError')
    return { code: 'cancelled', message: 'Cancelled.', hint: '' };
  const message = error instanceof Error ? error.message : String(error);
  log.error(error instanceof Error && error.stack ? error.stack : message);
  return { code: 'internal', message, hint: 'See the Coldstart output channel for details.' };
}

/** The content security policy of every page of ours; kept in one line so that a test can compare it. */
function contentSecurityPolicy(nonce: string, source: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    `img-src ${source} blob:`,
    `font-src ${source}`,
    "connect-src 'none'",
    "frame-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types lit-html dompurify',
  ].join('; ');
}

function page(webview: vscode.Webview, media: vscode.Uri, surface: Surface): string {
  const nonce = randomBytes(16).toString('base64');
  const uri = (...path: string[]) => webview.asWebviewUri(vscode.Uri.joinPath(media, ...path)).toString();
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(nonce, webview.cspSource)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${uri('media', 'codicon.css')}">
<link rel="stylesheet" href="${uri('media', 'katex.min.css')}">
<link rel="stylesheet" href="${uri('media', 'tokens.css')}">
<link rel="stylesheet" href="${uri('webview', `${surface}.css`)}">
<title>Coldstart</title>
</head>
<body data-surface="${surface}">
<coldstart-${surface}><div class="cs-skeleton" aria-busy="true" aria-label="Loading">${'<span></span>'.repeat(8)}</div></coldstart-${surface}>
<script nonce="${nonce}" type="module" src="${uri('webview', `${surface}.js`)}"></script>
</body>
</html>`;
}
