import { blobs } from '../../../local/stand-ins/blobs.ts';
import { type Answer, type Listener, listener, type TlsMaterial } from '../../../local/stand-ins/listener.ts';
import { stage } from '../../../local/stand-ins/script.ts';
import { STORAGE_AUDIENCE, tokenIssuer } from '../../../local/stand-ins/tokens.ts';
import { type Clock, systemClock } from '../../../relay-call/clock.ts';

/**
 * The stand-in of Blob Storage behind a listener of its own. `asked` is what every call wanted, in order; `instead` are
 * answers that the next calls get in place of the stand-in's.
 */
export async function servingBlobs(
  x: { readonly tls?: TlsMaterial; readonly pageSize?: number; readonly clock?: Clock } = {},
) {
  const { clock = systemClock, tls, ...rest } = x;
  const issuer = tokenIssuer(systemClock);
  const script = stage();
  const asked: string[] = [];
  const instead: Answer[] = [];
  const url = () => `${door.url()}/devstoreaccount1`;
  const served = blobs({ issuer, stage: script, clock, url, ...rest });
  const door: Listener = listener({
    host: '127.0.0.1',
    port: 0,
    ...(tls && { tls }),
    async answer(call) {
      asked.push(`${call.method} ${call.path.join('/')}?${call.query}`);
      return instead.shift() ?? served.answer(call);
    },
  });
  await door.accept();
  return {
    ...served,
    issuer,
    asked,
    instead,
    script,
    door,
    url,
    token: (audience = STORAGE_AUDIENCE, lifetime = 60) =>
      issuer.issue({ audience, appId: 'app', lifetime }).token,
  };
}
