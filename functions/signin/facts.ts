import type { User } from '../identity/directory.ts';
import { accessServerTypeOf, type RequestFacts, type SignInFacts } from '../policy/model.ts';
import { all, integer } from '../radius/attribute.ts';
import type { AuthenticationMethod } from '../radius/methods/method.ts';
import type { Packet } from '../radius/packet.ts';
import type { SignIn } from './sign-in.ts';

type Request = Pick<SignIn, 'packet' | 'client' | 'now'>;

/** What the policies' conditions may ask about this request; read from the packet only when they do. */
export function requestFacts({ packet, client, now }: Request): RequestFacts {
  return {
    client: client.name,
    get accessServerType() {
      return accessServerTypeOf(
        integer(packet, 'MS-Network-Access-Server-Type'),
        client.profile.accessServerType,
      );
    },
    get userName() {
      // A request has one at most (RFC 2865 §5.44); of more, the first is the name that is looked up.
      return texts(packet, 'User-Name').slice(0, 1);
    },
    get nasPortType() {
      return integer(packet, 'NAS-Port-Type');
    },
    get calledStationId() {
      return texts(packet, 'Called-Station-Id');
    },
    get callingStationId() {
      return texts(packet, 'Calling-Station-Id');
    },
    now,
  };
}

/** The same once the user is known. */
export function signInFacts(x: Request, user: User, method: AuthenticationMethod): SignInFacts {
  const facts = requestFacts(x);
  // Spreading would read every getter.
  return Object.defineProperties(facts, {
    groups: { value: user.groups, enumerable: true },
    method: { value: method, enumerable: true },
  }) as SignInFacts;
}

/** A value that is not UTF-8 is matched by its octets, one character each, and never dropped. */
function texts(packet: Packet, name: string): string[] {
  return all(packet, name).map((value) => {
    const text = value.toString('utf8');
    return Buffer.from(text, 'utf8').equals(value) ? text : value.toString('latin1');
  });
}
