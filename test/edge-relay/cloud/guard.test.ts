import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { createAlarms } from '../../../edge-relay/cloud/alarms.ts';
import { guardCall } from '../../../edge-relay/cloud/guard.ts';
import type { TransportRequest } from '../../../edge-relay/cloud/transport.ts';
import { handClock } from './hand-clock.ts';

function request(stop: () => void): TransportRequest {
  return { method: 'POST', path: '/', body: undefined, headers: () => ({}), stop };
}

test('waiting calls share one listener on their signal, and each is ended when it aborts', () => {
  const { clock, timers } = handClock();
  const alarms = createAlarms(clock, timers);
  const controller = new AbortController();
  const stopped: number[] = [];
  const guards = Array.from({ length: 1_000 }, (_, n) =>
    guardCall(
      alarms,
      Number.POSITIVE_INFINITY,
      controller.signal,
      request(() => stopped.push(n)),
    ),
  );
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  guards[3]?.release();
  controller.abort();
  expect(stopped).toHaveLength(999);
  expect(stopped).not.toContain(3);
  expect(guards[4]?.over).toBe(true);
  alarms.close();
});

test('a signal that has aborted already ends a call before it begins', () => {
  const { clock, timers } = handClock();
  const alarms = createAlarms(clock, timers);
  const guard = guardCall(
    alarms,
    Number.POSITIVE_INFINITY,
    AbortSignal.abort(),
    request(() => {}),
  );
  expect(guard.over).toBe(true);
  alarms.close();
});
