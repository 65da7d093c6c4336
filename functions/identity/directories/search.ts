import type { Graph, GraphUser } from '../../entra/graph/graph.ts';
import type { Question } from '../directory.ts';
import { foldName } from '../names.ts';
import type { Meaning } from './meaning.ts';

/** Who has a name. */
export type Match = GraphUser | 'nobody' | 'several';

/**
 * Asks Graph who has the name, and takes nobody whose name is not the one that was asked for, letter case aside.
 *
 * A user principal name is looked for in the cloud and among those that users have in Active Directory; whoever signs in
 * may have been asked for either, so two users are none. Only where nobody has it, and its suffix is a domain's DNS name,
 * it is an account's implicit one. `onPremisesDomainName` cannot be filtered by, so accounts of the same name in other
 * domains are left out here (https://learn.microsoft.com/graph/aad-advanced-queries).
 *
 * @throws GraphUnavailable, and the signal's reason
 */
export async function search(graph: Graph, meaning: Meaning, question: Question): Promise<Match> {
  if (meaning.kind === 'account') return searchAccount(graph, meaning, question);
  const { upn, implicit } = meaning;
  const [cloud, onPremises] = await Promise.all([
    graph.userByPrincipalName(upn, question),
    graph.usersByOnPremisesPrincipalName(upn, question),
  ]);
  const match = only([
    ...(cloud !== undefined && same(cloud.userPrincipalName, upn) ? [cloud] : []),
    ...onPremises.filter(({ onPremisesUserPrincipalName }) => same(onPremisesUserPrincipalName, upn)),
  ]);
  return match === 'nobody' && implicit !== undefined ? searchAccount(graph, implicit, question) : match;
}

async function searchAccount(
  graph: Graph,
  { domain, account }: Extract<Meaning, { kind: 'account' }>,
  question: Question,
): Promise<Match> {
  const users = await graph.usersBySamAccountName(account, question);
  return only(
    users.filter(
      (user) => same(user.onPremisesSamAccountName, account) && same(user.onPremisesDomainName, domain),
    ),
  );
}

function same(told: string | undefined, asked: string): boolean {
  return told !== undefined && foldName(told) === foldName(asked);
}

function only([first, ...others]: readonly GraphUser[]): Match {
  if (first === undefined) return 'nobody';
  return others.every(({ id }) => id === first.id) ? first : 'several';
}
