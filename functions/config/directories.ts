import { foldName } from './fold.ts';
import { namesTwice, type Placed, twice, unknownNames } from './names.ts';
import { type ConfigurationProblem, type ConfigurationProblemCode, problemAt, quoted } from './problems.ts';
import type { BridgeConfiguration, EntraDirectoryEntry, LocalDirectoryEntry } from './schema.ts';

type Problem = ConfigurationProblem<ConfigurationProblemCode>;
type Path = readonly (string | number)[];

/** What no shape can say about directories: names that could mean two things, and what password checks need. */
export function checkDirectoryEntries({ directories, mfa }: BridgeConfiguration): Problem[] {
  const certificate = mfa?.providers[0]?.certificate;
  return directories.flatMap((directory, index) => {
    const path = ['directories', index];
    if (directory.kind === 'local') return checkUsers(path, directory);
    return [
      ...domainsTwice([...path, 'domains'], directory),
      ...namesTwice([...path, 'groups'], directory.groups),
      ...checkBareNames([...path, 'bareNames', 'domain'], directory),
      ...(directory.passwordCheck !== undefined &&
      directory.passwordCheck.certificate === undefined &&
      certificate === undefined
        ? [
            problemAt(
              [...path, 'passwordCheck', 'certificate'],
              'key-missing' as const,
              'nothing, and no "mfa" section that has a certificate',
              'the certificate that is registered on the app registration, {"keyVault": "its name"}',
            ),
          ]
        : []),
    ];
  });
}

/** A user may write either name of a domain, so all of them share one space; one entry may have the same name twice. */
function domainsTwice(path: Path, { domains }: EntraDirectoryEntry): Problem[] {
  return twice(
    domains.flatMap(({ name, dnsName }, index) => [
      { path: [...path, index, 'name'], text: name },
      ...(foldName(dnsName) === foldName(name) ? [] : [{ path: [...path, index, 'dnsName'], text: dnsName }]),
    ]),
    'name-twice',
    foldName,
  );
}

function checkBareNames(path: Path, { bareNames, domains }: EntraDirectoryEntry): Problem[] {
  if (bareNames === undefined || !('domain' in bareNames)) return [];
  return unknownNames([{ path, text: bareNames.domain }], domains, 'the "name" of one of "domains"');
}

function checkUsers(path: Path, directory: LocalDirectoryEntry): Problem[] {
  const placed = (key: 'name' | 'upn'): Placed[] =>
    directory.users.flatMap((user, index) => {
      const text = user[key];
      return text === undefined ? [] : [{ path: [...path, 'users', index, key], text }];
    });
  const names = new Map(directory.users.map((user, index) => [foldName(user.name), index]));
  const suffixes = directory.upnSuffixes.map(foldName);
  const takesAnothersName = directory.users.flatMap((user, index) => {
    const upn = foldName(user.upn ?? '');
    const at = upn.lastIndexOf('@');
    const other = suffixes.includes(upn.slice(at + 1)) ? names.get(upn.slice(0, at)) : undefined;
    if (user.upn === undefined || other === undefined || other === index) return [];
    const found = `${quoted(user.upn)}, which also means users[${other}]`;
    return [problemAt([...path, 'users', index, 'upn'], 'user-twice' as const, found, 'another one')];
  });
  return [
    ...twice(placed('name'), 'user-twice', foldName),
    ...twice(placed('upn'), 'user-twice', foldName),
    ...takesAnothersName,
  ];
}
