import { describe, expect, test } from 'vitest';
import { decisionRecords } from '../../../functions/exchange/recording.ts';
import {
  type Store,
  StoreMisused,
  StoreUnreachable,
  type TableOptions,
} from '../../../functions/store/port.ts';
import { CODE } from '../../../relay-call/framing.ts';
import { pap } from './requests.ts';
import { RECORDED, rig } from './rig.ts';

describe('the record and the store', () => {
  /** A bridge whose store does as it is told with the next record. */
  function recording(insert: () => Promise<string | 'exists'>) {
    const bridge = rig();
    Object.assign(bridge.decisions, { insert });
    return bridge;
  }

  test('a store that is slow to take the record keeps the answer back for a second at most', async () => {
    const bridge = recording(() => new Promise(() => undefined));
    const answering = bridge.call({ packet: pap('alice') });
    let answered = false;
    void answering.then(() => {
      answered = true;
    });
    await bridge.time.advance(999);
    expect(answered).toBe(false);
    await bridge.time.advance(1);
    expect((await answering).body?.[0]).toBe(CODE.accessAccept);
    expect(bridge.records()).toHaveLength(1);
  });

  test('record-not-stored: with what the store said, and the answer is sent', async () => {
    const bridge = recording(() =>
      Promise.reject(new StoreUnreachable('403 AuthorizationPermissionMismatch')),
    );
    expect((await bridge.call({ packet: pap('alice') })).body?.[0]).toBe(CODE.accessAccept);
    const [record] = bridge.records();
    expect(bridge.lines).toContainEqual({
      event: 'record-not-stored',
      code: 'store-unreachable',
      detail: '403 AuthorizationPermissionMismatch',
      id: record?.id,
    });
  });

  test('record-not-stored: one that is too large for a row leaves nobody without an answer', async () => {
    const bridge = recording(() => Promise.reject(new StoreMisused('value-too-large')));
    expect((await bridge.call({ packet: pap('alice') })).body?.[0]).toBe(CODE.accessAccept);
    expect(bridge.lines).toContainEqual(
      expect.objectContaining({ event: 'record-not-stored', code: 'value-too-large' }),
    );
  });

  test('store-unreachable: the log says what the store said', async () => {
    const bridge = rig();
    bridge.store.break('503 ServerBusy');
    await bridge.call({ packet: pap('alice') });
    expect(bridge.lines).toContainEqual({
      event: 'call-unavailable',
      code: 'store-unreachable',
      cause: 'store-unreachable',
      detail: '503 ServerBusy',
    });
  });

  test('a record is found by its day, lives as long as it should, and a sweep looks no further than that', async () => {
    const bridge = rig();
    const options: TableOptions[] = [];
    const opening: Store = {
      ...bridge.store.store,
      table: (name, given) => {
        if (given !== undefined) options.push(given);
        return bridge.store.store.table(name, given);
      },
    };
    const ninetyDays = 90 * 86_400_000;
    decisionRecords(opening, ninetyDays);
    // A record of 23:59 on the last day but one has expired at midnight, one of the day after has not.
    const now = Date.UTC(2026, 3, 5, 0, 0, 1);
    expect(new Date(now - ninetyDays).toISOString()).toBe('2026-01-05T00:00:01.000Z');
    expect(options.map(({ sweepBelow }) => sweepBelow?.(now))).toEqual(['2026-01-06']);
    await bridge.call({ packet: pap('alice') });
    await bridge.time.advance(RECORDED - 1);
    const stored = async () => {
      let rows = 0;
      for await (const _row of bridge.decisions.list('2026-01-05')) rows += 1;
      return rows;
    };
    expect(await stored()).toBe(1);
    await bridge.time.advance(1);
    expect(await stored()).toBe(0);
  });
});
