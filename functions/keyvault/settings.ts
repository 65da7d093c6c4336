import { VaultSettingsRefused } from './faults.ts';

// Wider than the vaults' own suffixes of today, so that private links, managed HSMs and retired clouds are among them.
const hostsOfAzure = /(^|\.)(azure\.net|usgovcloudapi\.net|azure\.us|azure\.cn|microsoftazure\.de)\.?$/;

/**
 * The vault's address as the SDK wants it. Whoever answers a challenge names the resource that the app's token is
 * made for; the SDK checks that it is the vault's own. A stand-in's host cannot pass that check, a vault of Azure
 * always does, so there it cannot be switched off.
 *
 * @throws VaultSettingsRefused
 */
export function checkVault(vaultUrl: string, disableChallengeResourceVerification: boolean): string {
  const url = URL.parse(vaultUrl);
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new VaultSettingsRefused('vault-url-wrong');
  }
  if (url.username !== '' || url.password !== '') throw new VaultSettingsRefused('vault-url-wrong');
  if (disableChallengeResourceVerification && hostsOfAzure.test(url.hostname)) {
    throw new VaultSettingsRefused('challenge-check-needed');
  }
  return url.origin;
}
