import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type Reply, type Routes, readJson, refusal } from './console-reply.ts';
import type { PhoneControl } from './running-bridge.ts';
import { PHONE_ACTIONS, PHONE_MODES } from './stand-ins/phone.ts';

/** The page runs nothing but its own two files, talks to nobody but the console, and is shown in no other page. */
const pageHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** By path; they lie in `phone/`. */
const files = {
  '/': { file: 'phone.html', type: 'text/html; charset=utf-8' },
  '/phone.css': { file: 'phone.css', type: 'text/css; charset=utf-8' },
  '/phone.js': { file: 'phone.js', type: 'text/javascript; charset=utf-8' },
  '/phone.svg': { file: 'phone.svg', type: 'image/svg+xml' },
};

const longestRing = 600_000;

/**
 * The phone's page and what it asks, which needs no token: it stands in for a phone, nothing real hangs on its answers,
 * and whoever opens the printed address shall be able to press. Pages of other sites must not: they cannot read
 * `/phone`, as no header lets them, and an answer counts only from the console's own origin, which a browser names in
 * every POST. Who names no origin is no browser, and has to bring the token.
 */
export async function phonePage(
  phone: PhoneControl,
  trusts: (request: IncomingMessage) => boolean,
): Promise<Routes> {
  const pages = Object.entries(files).map(async ([path, { file, type }]) => {
    const octets = await readFile(new URL(`./phone/${file}`, import.meta.url));
    const reply: Reply = { status: 200, headers: pageHeaders, body: { type, octets } };
    return [`GET ${path}`, async () => reply] as const;
  });

  async function answer(request: IncomingMessage): Promise<Reply> {
    const { origin, host } = request.headers;
    // The host has been found to be the console's own.
    if (origin === undefined ? !trusts(request) : origin !== `http://${host}`) {
      return refusal(403, 'Only the page of this console answers prompts.');
    }
    const read = await readJson(request);
    if ('refused' in read) return read.refused;
    const { id, action: named } = read.value;
    const action = PHONE_ACTIONS.find((one) => one === named);
    if (typeof id !== 'string' || action === undefined) {
      return refusal(400, `Expecting id, and action: ${PHONE_ACTIONS.join(', ')}.`);
    }
    if (!(await phone.answer(id, action))) return refusal(404, 'No such prompt is open.');
    return { status: 200, body: {} };
  }

  return {
    ...Object.fromEntries(await Promise.all(pages)),
    'GET /phone': async () => ({ status: 200, body: await phone.state() }),
    'POST /phone/answer': answer,
  };
}

/** What automated runs tell the phone; the console asks them for its token. */
export function phoneControl(phone: PhoneControl): Routes {
  return {
    async 'POST /phone/mode'(request) {
      const read = await readJson(request);
      if ('refused' in read) return read.refused;
      const { mode: named, ringFor } = read.value;
      const mode = PHONE_MODES.find((one) => one === named);
      if (mode === undefined || !(ringFor === undefined || isLength(ringFor))) {
        const modes = PHONE_MODES.join(', ');
        return refusal(
          400,
          `Expecting mode: ${modes}; and perhaps ringFor: 1 to ${longestRing} milliseconds.`,
        );
      }
      await phone.set(mode, ringFor);
      return { status: 200, body: await phone.state() };
    },
  };
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= longestRing;
}
