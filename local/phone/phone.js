const every = 500;

const modes = {
  approve: 'Prompts are approved by themselves.',
  deny: 'Prompts are denied by themselves.',
  fraud: 'Prompts are reported as fraud by themselves.',
  ring: 'Prompts ring and nobody answers them; they are not shown here.',
};

const said = {
  approve: 'Approved.',
  deny: 'Denied.',
  fraud: 'Reported as fraud.',
  ignore: 'It rings on until it ends; nobody can answer it any more.',
};

const title = document.getElementById('title');
const mode = document.getElementById('mode');
const trouble = document.getElementById('trouble');
const quiet = document.getElementById('quiet');
const list = document.getElementById('prompts');
const news = document.getElementById('news');
const template = document.getElementById('prompt');

/** What is shown, by the prompt's id. Kept from poll to poll, so that the focus stays where it is. */
const shown = new Map();
/** The ids of prompts answered here: a poll that was under way brings them once more. */
const answered = new Set();
let timer;
let asking = false;

function say(element, text) {
  element.hidden = text === '';
  if (element.textContent !== text) element.textContent = text;
}

function secondsLeft(prompt) {
  return `${Math.max(Math.ceil((prompt.ends - Date.now()) / 1000), 0)} s`;
}

async function press(prompt, card, action) {
  for (const button of card.querySelectorAll('button')) button.disabled = true;
  try {
    const response = await fetch('/phone/answer', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: prompt.id, action }),
    });
    if (!response.ok && response.status !== 404) throw new Error(`The console answers ${response.status}.`);
    say(trouble, response.ok ? '' : 'That prompt was over already.');
    if (response.ok) say(news, said[action]);
    answered.add(prompt.id);
    remove(prompt.id);
  } catch (error) {
    say(trouble, `The answer did not get through: ${error.message}`);
    for (const button of card.querySelectorAll('button')) button.disabled = false;
  }
}

function add(prompt) {
  const card = template.content.cloneNode(true).firstElementChild;
  const who = card.querySelector('.who');
  const began = card.querySelector('.began');
  who.id = `who-${prompt.id}`;
  who.textContent = prompt.upn;
  began.dateTime = new Date(prompt.began).toISOString();
  began.textContent = new Date(prompt.began).toLocaleTimeString();
  for (const button of card.querySelectorAll('button')) {
    button.setAttribute('aria-describedby', who.id);
    button.addEventListener('click', () => press(prompt, card, button.dataset.action));
  }
  list.append(card);
  shown.set(prompt.id, { prompt, card, left: card.querySelector('.left') });
  say(news, `${prompt.upn} is asked to approve a sign-in.`);
}

function remove(id) {
  const one = shown.get(id);
  if (one === undefined) return;
  // Not to the next prompt: a key pressed twice would answer that one too.
  if (one.card.contains(document.activeElement)) title.focus();
  one.card.remove();
  shown.delete(id);
  quiet.hidden = shown.size > 0;
}

function show(state) {
  say(mode, Object.hasOwn(modes, state.mode) ? `Mode ${state.mode}: ${modes[state.mode]}` : '');
  const open = new Set(state.prompts.map((prompt) => prompt.id));
  for (const id of [...shown.keys()]) if (!open.has(id)) remove(id);
  for (const prompt of state.prompts) if (!shown.has(prompt.id) && !answered.has(prompt.id)) add(prompt);
  for (const { prompt, left } of shown.values()) left.textContent = secondsLeft(prompt);
  quiet.hidden = shown.size > 0;
}

async function poll() {
  if (asking || document.visibilityState !== 'visible') return;
  asking = true;
  clearTimeout(timer);
  try {
    const response = await fetch('/phone', { cache: 'no-store' });
    if (!response.ok) throw new Error(`The console answers ${response.status}.`);
    show(await response.json());
    if (trouble.dataset.lost) {
      delete trouble.dataset.lost;
      say(trouble, '');
    }
  } catch {
    trouble.dataset.lost = 'yes';
    say(trouble, 'The bridge does not answer. Does npm start still run?');
  } finally {
    asking = false;
    timer = setTimeout(poll, every);
  }
}

document.addEventListener('visibilitychange', poll);
void poll();
