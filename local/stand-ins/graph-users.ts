import { type GraphAnswer, unsupportedQuery } from './graph-answers.ts';
import { matches, parseFilter, propertiesOf } from './graph-filter.ts';
import type { Pages } from './graph-paging.ts';
import { isAdvanced, needsAdvanced, optionsOf, type QueryOptions, selected, topOf } from './graph-query.ts';
import type { Call } from './listener.ts';
import type { Person } from './people.ts';

/** A property of a user. Null is what Graph says where there is nothing. */
interface Property {
  readonly of: (person: Person) => unknown;
  /** It is told unless others are selected. */
  readonly usual?: true;
  /** Whether `eq` works on it, and whether only in an advanced query. */
  readonly filter?: 'always' | 'advanced';
}

const nothing: Property = { of: () => null, usual: true };

/** What the stand-in tells of users (https://learn.microsoft.com/graph/api/resources/user). */
const properties: Readonly<Record<string, Property>> = {
  businessPhones: { of: () => [], usual: true },
  displayName: { of: (one) => one.displayName ?? one.upn, usual: true, filter: 'always' },
  givenName: nothing,
  jobTitle: nothing,
  mail: { ...nothing, filter: 'always' },
  mobilePhone: nothing,
  officeLocation: nothing,
  preferredLanguage: { of: (one) => one.preferredLanguage ?? null, usual: true },
  surname: nothing,
  userPrincipalName: { of: (one) => one.upn, usual: true, filter: 'always' },
  id: { of: (one) => one.objectId, usual: true, filter: 'always' },
  accountEnabled: { of: (one) => one.enabled ?? true },
  userType: { of: (one) => one.userType ?? 'Member', filter: 'always' },
  onPremisesSyncEnabled: { of: (one) => (one.onPremises ? true : null) },
  onPremisesSamAccountName: { of: (one) => one.onPremises?.samAccountName ?? null, filter: 'advanced' },
  onPremisesDomainName: { of: (one) => one.onPremises?.domainName ?? null },
  onPremisesUserPrincipalName: { of: (one) => one.onPremises?.userPrincipalName ?? null, filter: 'always' },
};
const known = Object.keys(properties);
const usual = known.filter((name) => properties[name]?.usual);

/** `GET /users/{id | userPrincipalName}` (entra.md 4.2). */
export function readUser(call: Call, person: Person, url: string): GraphAnswer {
  const names = selected(optionsOf(call, ['$select']), 'microsoft.graph.user', known);
  const context = `${url}/$metadata#users${shown(names)}/$entity`;
  return { kind: 'userRead', body: { '@odata.context': context, ...told(person, names) } };
}

/** `GET /users`, a page of those whom `$filter` takes (entra.md 4.3). */
export function listUsers(call: Call, people: readonly Person[], pages: Pages, url: string): GraphAnswer {
  const options = optionsOf(call, ['$select', '$filter', '$count', '$top', '$skiptoken']);
  const names = selected(options, 'microsoft.graph.user', known);
  const advanced = isAdvanced(call, options);
  const found = filtered(people, options, advanced);
  const { items, first, nextLink } = pages.page({
    items: found,
    size: topOf(options),
    path: 'users',
    options,
  });
  const body = {
    '@odata.context': `${url}/$metadata#users${shown(names)}`,
    ...(advanced && first && { '@odata.count': found.length }),
    ...(nextLink !== undefined && { '@odata.nextLink': nextLink }),
    value: items.map((person) => told(person, names)),
  };
  return { kind: 'userFiltered', body };
}

function filtered(people: readonly Person[], options: QueryOptions, advanced: boolean): readonly Person[] {
  const text = options.get('$filter');
  if (text === undefined) return people;
  const filter = parseFilter(text);
  for (const name of propertiesOf(filter)) {
    const support = Object.hasOwn(properties, name) ? properties[name]?.filter : undefined;
    if (support === undefined) {
      throw unsupportedQuery(
        `Unsupported or invalid query filter clause specified for property '${name}' of resource 'User'.`,
      );
    }
    if (support === 'advanced' && !advanced) throw needsAdvanced(`A filter on '${name}'`);
  }
  return people.filter((person) => matches(filter, (name) => properties[name]?.of(person)));
}

function told(person: Person, names: readonly string[] = usual): object {
  return Object.fromEntries(names.map((name) => [name, properties[name]?.of(person)]));
}

function shown(names: readonly string[] | undefined): string {
  return names === undefined ? '' : `(${names.join(',')})`;
}
