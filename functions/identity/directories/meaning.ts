import type { EntraDirectoryEntry } from '../../config/schema.ts';
import type { UserLookup } from '../directory.ts';
import { foldName, type NameForm } from '../names.ts';

/** What a name asks Graph for. */
export type Meaning =
  | {
      readonly kind: 'upn';
      readonly upn: string;
      /** What it also means where it is nobody's user principal name: Active Directory takes `account@DNS-name`, too. */
      readonly implicit?: Account;
    }
  | Account;

interface Account {
  readonly kind: 'account';
  /** DNS name. */
  readonly domain: string;
  readonly account: string;
}

type Unread = Extract<UserLookup, { kind: 'unknown-user' | 'unknown-domain' }>;

/**
 * Reads names as one Entra directory of bridge.json says: `name@suffix` is a user principal name (or else, where the
 * suffix is the DNS name of one of its `domains`, an account of that), `DOMAIN\name` an account of one of its `domains`
 * (by NetBIOS or DNS name), a bare name what `bareNames` makes of it. What cannot be a user of this directory is told at
 * once.
 */
export function meanings(
  entry: Pick<EntraDirectoryEntry, 'domains' | 'bareNames'>,
): (name: NameForm) => Meaning | Unread {
  const { bareNames } = entry;
  const dnsNames = new Map(
    entry.domains.flatMap(({ name, dnsName }) => [
      [foldName(dnsName), dnsName],
      [foldName(name), dnsName],
    ]),
  );
  const suffixes = new Map(entry.domains.map(({ dnsName }) => [foldName(dnsName), dnsName]));

  function accountOf(domain: string, account: string): Meaning | Unread {
    const dnsName = dnsNames.get(foldName(domain));
    return dnsName === undefined
      ? { kind: 'unknown-domain' }
      : { kind: 'account', domain: dnsName, account: foldAscii(account) };
  }

  function principal(local: string, suffix: string): Meaning {
    const upn = foldAscii(`${local}@${suffix}`);
    const domain = suffixes.get(foldName(suffix));
    if (domain === undefined) return { kind: 'upn', upn };
    return { kind: 'upn', upn, implicit: { kind: 'account', domain, account: foldAscii(local) } };
  }

  return (name) => {
    switch (name.kind) {
      case 'machine':
        return { kind: 'unknown-user' };
      case 'upn':
        return principal(name.local, name.suffix);
      case 'domain':
        return accountOf(name.domain, name.account);
      case 'bare':
        if (bareNames === undefined) return { kind: 'unknown-domain', code: 'bare-name-not-read' };
        return 'domain' in bareNames
          ? accountOf(bareNames.domain, name.account)
          : principal(name.account, bareNames.upnSuffix);
    }
  };
}

/** A text that no other meaning has: neither a UPN nor the name of a domain has a backslash. */
export function keyOf(meaning: Meaning): string {
  return meaning.kind === 'upn' ? meaning.upn : `${meaning.domain}\\${meaning.account}`;
}

/**
 * Graph ignores letter case, so names that differ in it can share an answer. Beyond ASCII nobody knows what it takes for
 * the same letter: were U+212A, the sign for kelvin, folded to k, who asks for a name with it could have the user whose
 * name has a k remembered as unknown.
 */
function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
