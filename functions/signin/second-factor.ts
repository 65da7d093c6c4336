import type { User } from '../identity/directory.ts';
import type { EntraUser } from '../mfa/attempt.ts';
import type { Outcome } from '../mfa/outcome.ts';
import type { Asked, Asking } from '../mfa/prompts.ts';
import { octets, shownText } from '../radius/attribute.ts';
import type { MfaTrace } from '../records/decision.ts';
import { StoreUnreachable } from '../store/port.ts';
import { type Decision, reject, silence, withDetail } from './decision.ts';
import type { Mfa, SignIn } from './sign-in.ts';

/**
 * Has the user prove by a second factor that it is they (design §4, step 9).
 *
 * @returns why the sign-in ends here; undefined only after an approval of this very user
 */
export async function proveByMfa(x: SignIn, user: User): Promise<Decision | undefined> {
  const { mfa } = x;
  // A configuration whose policies require MFA without saying how is refused when it is read.
  if (mfa === undefined) throw new RangeError('A network policy requires MFA, and there is none');
  if (!('objectId' in user.entra)) {
    x.trace.step('mfa', 'mfa-user-not-in-entra');
    return reject('mfa-user-not-in-entra');
  }
  const person = user.entra;
  const asked = await ask(x, mfa, person);
  const refusal = readAnswer(x, asked, person);
  x.trace.step('mfa', refusal?.reason ?? 'approved');
  return refusal;
}

/** What became of the question; without an answer where this call cannot go on. */
async function ask(x: SignIn, mfa: Mfa, user: EntraUser): Promise<Asked | Decision> {
  const station = shownText(x.packet, 'Calling-Station-Id');
  const machine = shownText(x.packet, 'MS-Machine-Name');
  try {
    return await x.prompts.ask({
      provider: mfa.provider,
      attempt: {
        id: x.id,
        user,
        client: x.client.name,
        ...(station === undefined ? {} : { station }),
        ...(machine === undefined ? {} : { machine }),
      },
      place: placeOf(x),
      window: mfa.promptWindow,
      minimumWait: mfa.minimumWait,
      left: x.left,
      signal: x.signal,
    });
  } catch (error) {
    if (x.signal.aborted) return silence('out-of-time');
    // Something may have rung, so this must not be told as a call that has not begun.
    if (error instanceof StoreUnreachable) return silence('mfa-unavailable', withDetail(error));
    throw error;
  }
}

/** By octets: what is not text tells places apart, too. */
function placeOf({ packet }: SignIn): Asking['place'] {
  const hex = (name: string) => octets(packet, name)?.toString('hex');
  const [station, machine, port] = ['Calling-Station-Id', 'MS-Machine-Name', 'NAS-Port'].map(hex);
  return {
    ...(station === undefined ? {} : { station }),
    ...(machine === undefined ? {} : { machine }),
    ...(port === undefined ? {} : { port }),
  };
}

function readAnswer(x: SignIn, asked: Asked | Decision, user: EntraUser): Decision | undefined {
  if ('reason' in asked) return asked;
  if (asked.kind === 'too-little-time') return reject('mfa-time-too-short');
  if (asked.kind === 'not-begun') return silence('mfa-unavailable', withDetail(asked));
  const told = {
    attempt: asked.attempt.id,
    provider: asked.attempt.provider,
    prompt: asked.joined ? 'joined' : 'begun',
  } as const;
  if (asked.kind === 'no-answer-yet') {
    x.found.mfa = { ...told, result: 'mfa-no-answer' };
    return x.signal.aborted ? silence('out-of-time') : reject('mfa-no-answer');
  }
  if (asked.kind === 'lost') {
    x.found.mfa = { ...told, result: asked.code, ...detailOf(asked) };
    return silence('mfa-outcome-lost', withDetail(asked));
  }
  const { outcome } = asked;
  x.found.mfa = { ...told, ...outcomeOf(outcome) };
  if (outcome.kind === 'rejected') return reject(outcome.code, outcome.detail);
  // The row is found by this user's ids; that it is about them is looked at once more before anybody is let in.
  const same = outcome.proof.userObjectId === user.objectId && asked.attempt.user.tenantId === user.tenantId;
  if (!same) return reject('mfa-answer-contradictory');
  return undefined;
}

function outcomeOf(outcome: Outcome): Pick<MfaTrace, 'result' | 'detail' | 'proof'> {
  if (outcome.kind === 'rejected') return { result: outcome.code, ...detailOf(outcome) };
  const { at, ...proof } = outcome.proof;
  return { result: 'approved', proof: { ...proof, at: new Date(at).toISOString() } };
}

function detailOf({ detail }: { readonly detail?: string }): { readonly detail?: string } {
  return detail === undefined ? {} : { detail };
}
