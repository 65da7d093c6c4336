import type { Attempt } from '../../../functions/mfa/attempt.ts';
import type { Outcome } from '../../../functions/mfa/outcome.ts';
import type { MfaProvider, Watched } from '../../../functions/mfa/provider.ts';

/** A second factor whose person is the test. */
export interface ProviderByHand {
  readonly provider: MfaProvider;
  /** Every attempt that has rung, in order. */
  readonly rung: readonly Attempt[];
  /** How often something was abandoned. */
  abandoned(): number;
  /** Ends what has rung last. */
  end(watched: Watched): void;
  approve(): void;
  reject(code: Extract<Outcome, { kind: 'rejected' }>['code']): void;
  /** What `begin` does from now on instead of ringing. */
  refuse(watched: Extract<Watched, { kind: 'not-begun' }> | undefined): void;
}

export function providerByHand(): ProviderByHand {
  const rung: Attempt[] = [];
  let ending: ((watched: Watched) => void) | undefined;
  let refusal: Extract<Watched, { kind: 'not-begun' }> | undefined;
  let abandoned = 0;
  const end = (watched: Watched) => {
    if (ending === undefined) throw new Error('Nothing has rung');
    ending(watched);
  };
  return {
    provider: {
      name: 'by-hand',
      can: { poll: false, code: false, text: false },
      begin(attempt) {
        if (refusal !== undefined) return Promise.resolve(refusal);
        rung.push(attempt);
        const { promise, resolve } = Promise.withResolvers<Watched>();
        ending = resolve;
        return Promise.resolve({
          kind: 'begun',
          watch: () => promise,
          abandon() {
            abandoned += 1;
            resolve({ kind: 'lost', code: 'answer-late' });
          },
        });
      },
    },
    rung,
    abandoned: () => abandoned,
    end,
    approve() {
      const userObjectId = rung.at(-1)?.user.objectId ?? '';
      const proof = { method: 'connector', userObjectId, at: 0, evidence: {} } as const;
      end({ kind: 'outcome', outcome: { kind: 'approved', proof } });
    },
    reject: (code) => end({ kind: 'outcome', outcome: { kind: 'rejected', code } }),
    refuse(watched) {
      refusal = watched;
    },
  };
}
