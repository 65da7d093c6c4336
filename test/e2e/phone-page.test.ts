import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Console, startConsole } from '../../local/console.ts';
import { listen } from '../../local/listen.ts';
import { type Phone, phone } from '../../local/stand-ins/phone.ts';
import { systemClock } from '../../relay-call/clock.ts';

const program = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const present = existsSync(program);
const title = present
  ? 'the phone in Chromium'
  : `the phone in Chromium: skipped, ${program} is missing (Debian: apt-get install chromium; elsewhere set CHROMIUM)`;

// In CI a missing program is a failure, so that its tests cannot be skipped unseen.
describe.skipIf(!present && process.env['REQUIRE_INTEROP'] === undefined)(title, () => {
  let browser: Browser;
  let running: Console;
  let ringing: Phone;
  let page: Page;
  /** What the browser complained of: errors of scripts, and whatever the page's own policy blocked. */
  let complaints: string[];

  beforeAll(async () => {
    // Chromium's sandbox does not work for root, as which CI runs.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: program, args });
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    ringing = phone({ clock: systemClock, after, mode: 'phone' });
    running = await startConsole({
      port: 0,
      token: 'a-token',
      state: () => ({}),
      decisions: () => [],
      counts: async () => ({}),
      telemetry: async () => [],
      switches: {},
      phone: {
        state: async () => ringing.state(),
        answer: async (id, action) => ringing.answer(id, action),
        set: async (mode, ringFor) => ringing.set(mode, ringFor),
      },
    });
    complaints = [];
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(running.url);
  });
  afterEach(async () => {
    await page?.close();
    ringing?.close();
    await running?.close();
  });

  function after(ms: number, run: () => void): () => void {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  }

  const alice = { upn: 'alice@contoso.example', contextId: 'c' };
  const card = (upn: string) => page.getByRole('listitem').filter({ hasText: upn });
  const button = (name: string) => page.getByRole('button', { name, exact: true });

  test('says that nothing rings, and what to run', async () => {
    await page.getByText('No prompt is open.').waitFor();
    expect(await page.getByText('npm run sign-in -- alice --client rd-gateway').isVisible()).toBe(true);
    expect(await page.getByRole('button').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test.each([
    ['Approve', 'approved'],
    ['Deny', 'denied'],
    ['Report fraud', 'fraud'],
  ])('%s', async (name, outcome) => {
    const rung = ringing.ring(alice);
    await card(alice.upn).waitFor();
    expect(await page.getByText('No prompt is open.').isVisible()).toBe(false);
    await button(name).click();
    expect(await rung).toBe(outcome);
    await page.getByText('No prompt is open.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('Let it ring takes it off the page, and it rings on', async () => {
    const rung = ringing.ring(alice);
    await button('Let it ring').click();
    await card(alice.upn).waitFor({ state: 'detached' });
    await page.getByText('No prompt is open.').waitFor();
    expect(ringing.isRinging(alice.upn)).toBe(true);
    ringing.close();
    expect(await rung).toBe('no-answer');
    expect(complaints).toEqual([]);
  });

  test('each prompt has buttons of its own, with the user as their description', async () => {
    const outcomes = [ringing.ring(alice), ringing.ring({ ...alice, upn: 'bob@contoso.example' })];
    const bobs = card('bob@contoso.example').getByRole('button', { name: 'Deny' });
    await bobs.waitFor();
    expect(await page.getByRole('button', { description: 'bob@contoso.example' }).count()).toBe(4);
    await bobs.click();
    expect(await outcomes[1]).toBe('denied');
    expect(ringing.isRinging(alice.upn)).toBe(true);
    await card(alice.upn).getByRole('button', { name: 'Approve' }).click();
    expect(await outcomes[0]).toBe('approved');
  });

  test('is worked by the keyboard, and a key pressed twice answers one prompt', async () => {
    const first = ringing.ring(alice);
    await button('Approve').focus();
    const second = ringing.ring({ ...alice, upn: 'bob@contoso.example' });
    await card('bob@contoso.example').waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    expect(await first).toBe('approved');
    await card(alice.upn).waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    expect(ringing.isRinging('bob@contoso.example')).toBe(true);
    ringing.close();
    expect(await second).toBe('no-answer');
  });

  test('announces a prompt, and counts its seconds down', async () => {
    ringing.set('phone', 90_000);
    void ringing.ring(alice);
    const status = page.getByRole('status');
    await expect.poll(() => status.textContent()).toBe(`${alice.upn} is asked to approve a sign-in.`);
    const left = async () => Number.parseInt((await page.getByRole('timer').textContent()) ?? '', 10);
    const before = await left();
    expect(before).toBeLessThanOrEqual(90);
    await expect.poll(left, { timeout: 5_000 }).toBeLessThan(before);
  });

  test('what ends by itself leaves the page', async () => {
    void ringing.ring(alice);
    await card(alice.upn).waitFor();
    ringing.close();
    await page.getByText('No prompt is open.').waitFor();
  });

  test.each([
    ['an image', '"><img src=x onerror=alert(1)>'],
    ['a script', '<script>document.title = "hacked"</script>@contoso.example'],
    ['a condition, line breaks and a change of direction', "' or 1 eq 1\r\n\u202egnp.exe"],
    ['253 letters', 'x'.repeat(253)],
  ])('%s as a name is text', async (_, upn) => {
    void ringing.ring({ upn, contextId: '' });
    const who = page.locator('.who');
    await who.waitFor();
    expect(await who.textContent()).toBe(upn);
    expect(await who.locator('*').count()).toBe(0);
    expect(await page.locator('img, .prompt script').count()).toBe(0);
    expect(await page.title()).toBe('Phone - radius-bridge');
    expect(complaints).toEqual([]);
  });

  test('names a mode in which it is not asked', async () => {
    ringing.set('deny');
    await page.getByText('Mode deny: Prompts are denied by themselves.').waitFor();
    ringing.set('phone');
    await page.getByText('Mode deny').waitFor({ state: 'hidden' });
  });

  test('tells that the bridge has gone', async () => {
    await page.getByText('No prompt is open.').waitFor();
    await running.close();
    await page.getByRole('alert').getByText('The bridge does not answer.').waitFor();
  });

  describe('another site in the same browser', () => {
    let server: Server;
    let site: Page;
    let answered: string[];
    let id: string;

    beforeEach(async () => {
      server = createServer((_, response) => response.end('<!doctype html><title>Evil</title>'));
      const port = await listen(server, '127.0.0.1', 0);
      answered = [];
      site = await browser.newPage();
      site.on('response', (response) =>
        answered.push(
          `${response.request().method()} ${new URL(response.url()).pathname} ${response.status()}`,
        ),
      );
      await site.goto(`http://127.0.0.1:${port}/`);
      void ringing.ring(alice);
      id = ringing.state().prompts[0]?.id ?? '';
    });
    afterEach(async () => {
      await site?.close();
      server?.closeAllConnections();
      server?.close();
    });

    test('presses no button and reads nothing', async () => {
      const url = `${running.url}/phone`;
      const body = JSON.stringify({ id, action: 'approve' });
      const json = { 'content-type': 'application/json' };
      const blocked = await site.evaluate(
        async (tries) => {
          const outcomes = tries.map(({ to, ...init }) =>
            fetch(to, init).then(
              () => 'answered',
              () => 'blocked',
            ),
          );
          return await Promise.all(outcomes);
        },
        [
          { to: url },
          { to: url, mode: 'no-cors' as const },
          { to: `${url}/answer`, method: 'POST', body, headers: json },
          { to: `${url}/answer`, method: 'POST', body, mode: 'no-cors' as const },
        ],
      );
      expect(blocked).toEqual(['blocked', 'blocked', 'blocked', 'blocked']);
      expect(ringing.state().prompts).toMatchObject([{ id }]);
    });

    test('cannot send a form in the name of the page', async () => {
      const form = `
        const form = document.createElement('form');
        form.method = 'POST';
        form.enctype = 'text/plain';
        form.action = '${running.url}/phone/answer';
        const field = document.createElement('input');
        field.name = '{"action":"approve","id":"${id}","more":"';
        field.value = '"}';
        form.append(field);
        document.documentElement.append(form);
        form.submit();`;
      await site.evaluate(form);
      await expect.poll(() => answered).toContain('POST /phone/answer 403');
      expect(ringing.state().prompts).toMatchObject([{ id }]);
    });

    test('cannot lay the page into its own', async () => {
      await site.evaluate(`new Promise((resolve) => {
        const frame = document.createElement('iframe');
        frame.onload = resolve;
        frame.src = '${running.url}';
        document.documentElement.append(frame);
      })`);
      expect(answered).toContain('GET / 200');
      const inside = site.frames().find((frame) => frame !== site.mainFrame());
      expect(inside?.url()).toBe('chrome-error://chromewebdata/');
    });
  });
});
