import type { Directory, User, UserLookup } from '../identity/directory.ts';
import { type NameForm, readName } from '../identity/names.ts';
import { mergeAttributes } from '../policy/attributes.ts';
import type { ConnectionRequestPolicy } from '../policy/model.ts';
import { text } from '../radius/attribute.ts';
import { type AuthenticationMethod, classify } from '../radius/methods/method.ts';
import { TYPE } from '../radius/type.ts';
import { type Decision, reject, silence, withDetail } from './decision.ts';
import { requestFacts, signInFacts } from './facts.ts';
import { checkPassword } from './password.ts';
import { proveByMfa } from './second-factor.ts';
import type { SignIn } from './sign-in.ts';

/**
 * Decides an Access-Request in the order of NPS (design §4, steps 5 to 10): connection request policy, user and
 * password, network policy with its permission and constraints, and last the second factor.
 */
export async function decide(x: SignIn): Promise<Decision> {
  // This version sends no challenge, so no State can be one of ours (RFC 5080 §2.1.1).
  if (x.packet.attributes.some(({ type }) => type === TYPE.state)) return reject('unknown-state');

  const policy = connectionRequestPolicy(x);
  if (policy === undefined) return reject('no-connection-request-policy');
  if (policy.authentication.kind === 'accept-without-validating') {
    return { kind: 'accept', reason: 'accepted-without-validating', attributes: policy.attributes };
  }
  const directory = x.directories.get(policy.authentication.directory);
  // A configuration whose policy names no directory is refused when it is read.
  if (directory === undefined) throw new RangeError('A connection request policy names no directory');

  const method = classify(x.packet);
  x.found.method = method;
  const user = await find(x, directory, method);
  if ('reason' in user) return user;
  const refusal = await authenticate(x, directory, user, method);
  if (refusal !== undefined) return refusal;
  return authorise(x, policy, user, method);
}

function connectionRequestPolicy(x: SignIn): ConnectionRequestPolicy | undefined {
  const facts = requestFacts(x);
  const policy = x.policies.connectionRequest(facts);
  x.trace.step('connection-request-policy', policy === undefined ? 'none' : 'matched');
  if (policy === undefined) x.found.policies = x.policies.explainConnectionRequest(facts);
  else x.found.connectionRequestPolicy = policy.name;
  return policy;
}

async function find(x: SignIn, directory: Directory, method: AuthenticationMethod): Promise<User | Decision> {
  const name = readName(text(x.packet, 'User-Name') ?? '');
  if (name === undefined) {
    x.trace.step('user', 'no-name');
    return reject('user-name-missing');
  }
  const looked = await lookUp(x, directory, name);
  x.trace.step('user', looked.kind);
  if (looked.kind === 'found') {
    x.found.user = looked.user;
    return looked.user;
  }
  if (x.signal.aborted) return silence('out-of-time');
  if (looked.kind === 'unavailable') return silence('directory-unavailable', withDetail(looked));
  // As long as a wrong password takes, so that the answer's time does not tell which names exist.
  if (method === 'pap') await directory.spendVerification(x.signal);
  if (x.signal.aborted) return silence('out-of-time');
  return reject(looked.kind, 'code' in looked ? looked.code : undefined);
}

async function lookUp(x: SignIn, directory: Directory, name: NameForm): Promise<UserLookup> {
  try {
    return await directory.find(name, { id: x.id, signal: x.signal });
  } catch (error) {
    if (!x.signal.aborted) throw error;
    return { kind: 'unavailable', code: 'verification-too-late' };
  }
}

/** Whether the user is who they say, and enabled; undefined when so. */
async function authenticate(
  x: SignIn,
  directory: Directory,
  user: User,
  method: AuthenticationMethod,
): Promise<Decision | undefined> {
  if (method === 'pap') {
    const refusal = await checkPassword(x, directory, user);
    if (refusal !== undefined) return refusal;
  } else if (method !== 'unauthenticated') {
    x.trace.step('password', 'method-not-supported');
    return reject('method-not-supported');
  }
  // After the password, so that a guesser does not learn who is disabled.
  if (!user.enabled) {
    x.trace.step('account', 'disabled');
    return reject('user-disabled');
  }
  return undefined;
}

/** The first network policy that matches decides, by its permission and its constraints, and by MFA where it says so. */
async function authorise(
  x: SignIn,
  policy: ConnectionRequestPolicy,
  user: User,
  method: AuthenticationMethod,
): Promise<Decision> {
  const facts = signInFacts(x, user, method);
  const network = x.policies.network(facts);
  if (network.policy !== undefined) x.found.networkPolicy = network.policy.name;
  x.trace.step('network-policy', network.kind === 'granted' ? 'granted' : network.code);
  if (network.kind === 'rejected') {
    x.found.policies = x.policies.explainNetwork(facts);
    return reject(network.code);
  }
  if (network.policy.mfa !== 'none') {
    const refusal = await proveByMfa(x, user);
    if (refusal !== undefined) return refusal;
  }
  return {
    kind: 'accept',
    reason: 'accepted',
    attributes: mergeAttributes(policy.attributes, network.policy.attributes),
  };
}
