import { describe, expect, test } from 'vitest';
import { systemSleep } from '../../../functions/store/sleep.ts';

describe('the machine’s own sleep', () => {
  test('ends after its time', async () => {
    const began = performance.now();
    await systemSleep(5, new AbortController().signal);
    expect(performance.now() - began).toBeGreaterThanOrEqual(4);
  });

  test('rejects with the reason of its signal, aborted before or meanwhile', async () => {
    await expect(systemSleep(60_000, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    const aborter = new AbortController();
    const sleeping = systemSleep(60_000, aborter.signal);
    aborter.abort(new Error('meanwhile'));
    await expect(sleeping).rejects.toThrow('meanwhile');
  });
});
