import { directoryRefusal, type GraphAnswer, notFound } from './graph-answers.ts';
import type { Pages } from './graph-paging.ts';
import { actionParameters, isAdvanced, needsAdvanced, optionsOf, selected, topOf } from './graph-query.ts';
import type { Group } from './groups.ts';
import type { Call } from './listener.ts';
import type { Person } from './people.ts';

/** What is said of a group id that no group has; which of the two the real service does is not documented. */
export type UnknownGroups = 'ignored' | 'refused';

const properties: Readonly<Record<string, (group: Group) => unknown>> = {
  id: (group) => group.objectId,
  displayName: (group) => group.displayName,
  securityEnabled: (group) => group.securityEnabled ?? true,
  onPremisesSamAccountName: () => null,
};
const known = Object.keys(properties);
/** Of one group that is read no more is told than anybody here needs. */
const readable = known.filter((name) => name !== 'onPremisesSamAccountName');
const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const mostIds = 20;

/** The groups that somebody is in, directly or through other groups, each once, in the order of `groups`. */
export function groupsOf(objectId: string, groups: readonly Group[]): readonly Group[] {
  const within = new Set([objectId.toLowerCase()]);
  let before = 0;
  while (within.size > before) {
    before = within.size;
    for (const group of groups) {
      if (group.members.some((id) => within.has(id.toLowerCase()))) within.add(group.objectId.toLowerCase());
    }
  }
  return groups.filter((group) => hasMember(group, within));
}

function hasMember(group: Group, ids: ReadonlySet<string>): boolean {
  return group.members.some((id) => ids.has(id.toLowerCase()));
}

/** `GET /groups/{id}` (https://learn.microsoft.com/graph/api/group-get). */
export function readGroup(call: Call, id: string, groups: readonly Group[], url: string): GraphAnswer {
  const names = selected(optionsOf(call, ['$select']), 'microsoft.graph.group', readable);
  if (!guid.test(id)) throw directoryRefusal(`Invalid object identifier '${id}'.`);
  const group = groups.find((one) => one.objectId.toLowerCase() === id.toLowerCase());
  if (group === undefined) throw notFound('refused', id);
  const told = (names ?? readable).map((name) => [name, properties[name]?.(group)]);
  const context = `${url}/$metadata#groups${shown(names)}/$entity`;
  return { kind: 'groupRead', body: { '@odata.context': context, ...Object.fromEntries(told) } };
}

/** `POST /users/{id}/checkMemberGroups` (entra.md 4.4). */
export function checkMemberGroups(
  call: Call,
  person: Person,
  x: { readonly groups: readonly Group[]; readonly unknownGroups: UnknownGroups; readonly url: string },
): GraphAnswer {
  optionsOf(call, []);
  const { groupIds } = actionParameters(call, 'checkMemberGroups', ['groupIds']);
  if (!isTextList(groupIds) || groupIds.length === 0) {
    throw directoryRefusal("Required parameter 'groupIds' is missing, empty or no collection of texts.");
  }
  if (groupIds.length > mostIds) {
    throw directoryRefusal(`The number of values in 'groupIds' exceeds the limit of ${mostIds}.`);
  }
  const asked = new Set(groupIds.map((id) => id.toLowerCase()));
  for (const id of asked) {
    if (!guid.test(id)) throw directoryRefusal(`Invalid GUID: ${id}`);
    const exists = x.groups.some((group) => group.objectId.toLowerCase() === id);
    if (!exists && x.unknownGroups === 'refused') throw notFound('refused', id);
  }
  const found = groupsOf(person.objectId, x.groups).map((group) => group.objectId);
  return texts(
    'membersChecked',
    found.filter((id) => asked.has(id.toLowerCase())),
    x.url,
  );
}

/** `POST /users/{id}/getMemberObjects` (entra.md 4.4). This tenant has no directory roles or administrative units. */
export function getMemberObjects(
  call: Call,
  person: Person,
  groups: readonly Group[],
  url: string,
): GraphAnswer {
  optionsOf(call, []);
  const { securityEnabledOnly } = actionParameters(call, 'getMemberObjects', ['securityEnabledOnly']);
  if (typeof securityEnabledOnly !== 'boolean') {
    throw directoryRefusal("Required parameter 'securityEnabledOnly' is missing or no boolean.");
  }
  const found = groupsOf(person.objectId, groups).filter(
    (one) => !securityEnabledOnly || (one.securityEnabled ?? true),
  );
  return texts(
    'membersListed',
    found.map((group) => group.objectId),
    url,
  );
}

/**
 * `GET /users/{id}/transitiveMemberOf/microsoft.graph.group`, a page (entra.md 4.4). Without the app role to read
 * groups their ids alone are told.
 */
export function listTransitiveMemberOf(
  call: Call,
  person: Person,
  x: {
    readonly groups: readonly Group[];
    readonly mayReadGroups: boolean;
    readonly pages: Pages;
    readonly path: string;
    readonly url: string;
  },
): GraphAnswer {
  const options = optionsOf(call, ['$select', '$count', '$top', '$skiptoken']);
  const names = selected(options, 'microsoft.graph.group', known);
  if (!isAdvanced(call, options)) throw needsAdvanced('A cast');
  const found = groupsOf(person.objectId, x.groups);
  const { items, first, nextLink } = x.pages.page({
    items: found,
    size: topOf(options),
    path: x.path,
    options,
  });
  const told = (group: Group) =>
    (names ?? known).map((name) => [
      name,
      x.mayReadGroups || name === 'id' ? properties[name]?.(group) : null,
    ]);
  const body = {
    '@odata.context': `${x.url}/$metadata#groups${shown(names)}`,
    ...(first && { '@odata.count': found.length }),
    ...(nextLink !== undefined && { '@odata.nextLink': nextLink }),
    value: items.map((group) => Object.fromEntries(told(group))),
  };
  return { kind: 'membersListed', body };
}

function texts(kind: GraphAnswer['kind'], value: readonly string[], url: string): GraphAnswer {
  return { kind, body: { '@odata.context': `${url}/$metadata#Collection(Edm.String)`, value } };
}

function shown(names: readonly string[] | undefined): string {
  return names === undefined ? '' : `(${names.join(',')})`;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
