import { shownText, text } from '../radius/attribute.ts';
import type { DecisionRecord } from '../records/decision.ts';
import type { SignIn } from './sign-in.ts';

type Facts = Pick<
  DecisionRecord,
  | 'userName'
  | 'user'
  | 'calledStationId'
  | 'callingStationId'
  | 'machine'
  | 'method'
  | 'connectionRequestPolicy'
  | 'networkPolicy'
  | 'password'
  | 'mfa'
  | 'policies'
>;

/** More policies than this are not told one by one in a record, which must fit into a row of the store. */
const MOST_POLICIES = 100;

/** What a record says about the request and what was found out about it, as far as it is known. */
export function recordFacts({ packet, found }: SignIn): Facts {
  const { user } = found;
  return {
    ...known('userName', text(packet, 'User-Name')),
    ...(user === undefined
      ? {}
      : {
          user: {
            directory: user.directory,
            id: user.id,
            ...('objectId' in user.entra ? { entraObjectId: user.entra.objectId } : {}),
          },
        }),
    ...known('calledStationId', shownText(packet, 'Called-Station-Id')),
    ...known('callingStationId', shownText(packet, 'Calling-Station-Id')),
    ...known('machine', shownText(packet, 'MS-Machine-Name')),
    ...known('method', found.method),
    ...known('connectionRequestPolicy', found.connectionRequestPolicy),
    ...known('networkPolicy', found.networkPolicy),
    ...known('password', found.password),
    ...known('mfa', found.mfa),
    ...known('policies', found.policies?.slice(0, MOST_POLICIES)),
  };
}

function known<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]: V });
}
