import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Contract } from '../../../src/protocol/rpc.ts';
import { connectHost } from '../../../webview/host/client.ts';
import { HostError } from '../../../webview/host/host-error.ts';
import { ImageStore } from '../../../webview/host/image-store.ts';
import { savedState } from '../../../webview/host/saved-state.ts';
import { createFakeHost } from '../fake-host.ts';

const contract = {
  methods: {
    'number-double': { request: z.strictObject({ value: z.int() }), reply: z.object({ value: z.int() }) },
    'never-end': { request: z.strictObject({}), reply: z.object({}) },
    refuse: { request: z.strictObject({}), reply: z.object({}) },
  },
  events: { moved: z.object({ revision: z.int() }) },
} satisfies Contract;

function connect() {
  const aborts: boolean[] = [];
  const fake = createFakeHost(contract, {
    'number-double': ({ value }) => ({ value: value * 2 }),
    'never-end': (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborts.push(true);
          reject(signal.reason);
        });
      }),
    refuse: () => {
      throw { code: 'file-not-found', message: 'Gone.', hint: 'Look elsewhere.' };
    },
  });
  return { fake, aborts, client: connectHost(contract, fake.transport) };
}

describe('a call', () => {
  it('is answered once, by its own reply', async () => {
    const { client } = connect();
    const replies = await Promise.all([1, 2, 3].map((value) => client.call('number-double', { value })));
    expect(replies).toEqual([{ value: 2 }, { value: 4 }, { value: 6 }]);
  });

  it('that the contract does not allow is never posted', async () => {
    const { client, fake } = connect();
    await expect(client.call('number-double', { value: 1.5 })).rejects.toThrow();
    expect(fake.posted).toEqual([]);
  });

  it('that is refused rejects with code, message and hint', async () => {
    const { client } = connect();
    const refused = client.call('refuse', {});
    await expect(refused).rejects.toBeInstanceOf(HostError);
    await expect(refused).rejects.toMatchObject({
      code: 'file-not-found',
      message: 'Gone.',
      hint: 'Look elsewhere.',
    });
  });

  it('that is aborted is cancelled at the host and rejects at once', async () => {
    const { client, fake, aborts } = connect();
    const abort = new AbortController();
    const call = client.call('never-end', {}, abort.signal);
    await vi.waitFor(() => expect(fake.calls).toHaveLength(1));
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(fake.cancelled).toEqual(fake.posted.flatMap((one) => (one.type === 'call' ? [one.id] : [])));
    expect(aborts).toEqual([true]);
  });

  it('under way when the page goes rejects instead of hanging', async () => {
    const { client } = connect();
    const call = client.call('never-end', {});
    client.dispose();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('with a reply of another shape rejects', async () => {
    const { client, fake } = connect();
    const call = client.call('never-end', {});
    const [posted] = fake.posted;
    const id = posted?.type === 'call' ? posted.id : 0;
    fake.deliver({ type: 'reply', id, ok: true, result: 'not an object' });
    await expect(call).rejects.toThrow();
  });

  it('of a page that is made anew has another id than those of the page before', async () => {
    const clock = vi.spyOn(Date, 'now').mockReturnValueOnce(1).mockReturnValueOnce(2);
    const { client, fake } = connect();
    await client.call('number-double', { value: 1 });
    await connectHost(contract, fake.transport).call('number-double', { value: 1 });
    const [first, second] = fake.posted;
    expect(second).toMatchObject({ type: 'call' });
    expect(second).not.toMatchObject(first ?? {});
    clock.mockRestore();
  });
});

describe('the page', () => {
  it('says once that it listens, however often it is begun', () => {
    const { client, fake } = connect();
    client.ready();
    client.ready();
    expect(fake.posted).toEqual([{ type: 'ready' }]);
  });
});

describe('messages that are none of ours', () => {
  const strange = [null, 7, 'x', [], {}, { type: 'event' }, { type: 'reply', id: 99, ok: true, result: 1 }];
  it.each(strange)('%j is ignored', async (message) => {
    const { client, fake } = connect();
    const heard: unknown[] = [];
    client.on('moved', (data) => heard.push(data));
    fake.deliver(message);
    fake.deliver({ type: 'event', event: 'moved', data: { revision: 'x' } });
    fake.emit('moved', { revision: 3 });
    expect(heard).toEqual([{ revision: 3 }]);
    await expect(client.call('number-double', { value: 1 })).resolves.toEqual({ value: 2 });
  });
});

describe('saved state', () => {
  const schema = z.object({ index: z.int() });
  const check = (stored: unknown, expected: { index: number }) => {
    const { fake } = connect();
    fake.transport.writeState(stored);
    expect(savedState(fake.transport, 2, schema, { index: 0 }).read()).toEqual(expected);
  };
  it.each([
    ['of the same version is read', { version: 2, state: { index: 5 } }, { index: 5 }],
    ['of an older version is dropped', { version: 1, state: { index: 5 } }, { index: 0 }],
    ['of another shape is dropped', { version: 2, state: { index: 'x' } }, { index: 0 }],
    ['that is missing is the first visit', undefined, { index: 0 }],
  ])('%s', (_, stored, expected) => check(stored, expected));
});

describe('image store', () => {
  const pixel =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

  it('reads each image once and revokes only what nobody shows', async () => {
    const read = vi.fn(async () => ({
      status: 'ready' as const,
      mime: 'image/png',
      bytes: Uint8Array.from(atob(pixel), (character) => character.charCodeAt(0)),
      width: 1,
      height: 1,
    }));
    const revoked = vi.spyOn(URL, 'revokeObjectURL');
    const store = new ImageStore(read, 2);
    const first = await store.acquire('0/0', 'full');
    await store.acquire('0/0', 'full');
    for (const key of ['1/0', '2/0', '3/0']) {
      await store.acquire(key, 'full');
      store.release(key, 'full');
    }
    expect(read).toHaveBeenCalledTimes(4);
    expect(revoked).toHaveBeenCalledTimes(1);
    expect(revoked).not.toHaveBeenCalledWith(first.status === 'ready' ? first.url : '');
    store.clear();
    expect(revoked).toHaveBeenCalledTimes(4);
    revoked.mockRestore();
  });

  it('refuses a type that the browser would run', async () => {
    const store = new ImageStore(async () => ({
      status: 'ready',
      mime: 'image/svg+xml',
      bytes: new TextEncoder().encode('<svg onload="x"/>'),
      width: 1,
      height: 1,
    }));
    expect(await store.acquire('a', 'full')).toMatchObject({ status: 'refused' });
  });
});
