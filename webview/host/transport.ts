import type { ToHost } from '../../src/protocol/rpc.ts';

/** The two ends of a page: messages to and from its host, and a small state that outlives the page. */
export interface Transport {
  post(message: ToHost): void;
  /** Calls `listener` with every raw message of the host; the returned function stops it. */
  listen(listener: (message: unknown) => void): () => void;
  readState(): unknown;
  writeState(state: unknown): void;
}

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The transport of a page that VS Code shows; may be called once per page, as VS Code allows. */
export function vsCodeTransport(): Transport {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    listen(listener) {
      const onMessage = (event: MessageEvent) => listener(event.data);
      window.addEventListener('message', onMessage);
      return () => window.removeEventListener('message', onMessage);
    },
    readState: () => api.getState(),
    writeState: (state) => api.setState(state),
  };
}
