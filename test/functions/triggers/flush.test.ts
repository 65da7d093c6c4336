import { expect, test } from 'vitest';
import { flush } from '../../../functions/triggers/flush.ts';
import { type Told, telemetryInto } from '../records/told.ts';

test('what was kept back of the log is told before telemetry is sent for the last time', async () => {
  const order: string[] = [];
  const told: Told[] = [];
  const telemetry = {
    ...telemetryInto(told),
    async flush() {
      order.push('telemetry');
    },
  };
  await flush(telemetry, () => order.push('kept'));
  expect(order).toEqual(['kept', 'telemetry']);
});
