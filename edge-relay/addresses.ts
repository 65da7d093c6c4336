import { networkInterfaces } from 'node:os';

/**
 * Every address of this machine as a socket binds it: IPv6 link-local ones carry their zone, which is the name of
 * the interface, on Windows its number.
 */
export function machineAddresses(interfaces = networkInterfaces(), platform = process.platform): string[] {
  const addresses = new Set<string>();
  for (const [name, entries] of Object.entries(interfaces)) {
    for (const entry of entries ?? []) {
      const zoned = entry.family === 'IPv6' && entry.scopeid !== 0;
      const zone = platform === 'win32' && entry.family === 'IPv6' ? String(entry.scopeid) : name;
      addresses.add(zoned ? `${entry.address}%${zone}` : entry.address);
    }
  }
  return [...addresses];
}
