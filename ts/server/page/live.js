/** The live page: follows /v1/events by an EventSource and shows what comes. Needs nothing but its own server. */

/** Per event type: the colour it is shown in, and what it makes of its task. */
const TYPES = {
  PlanStarted: { tone: 'blue', status: 'queued' },
  StepCompleted: { tone: 'teal', status: 'running' },
  AwaitingApproval: { tone: 'amber', status: 'paused' },
  Canceled: { tone: 'grey', status: 'canceled' },
  Resumed: { tone: 'blue', status: 'running' },
  DeliverableReady: { tone: 'green', status: 'succeeded' },
  Failed: { tone: 'red', status: 'failed' },
};

const STATES = {
  connecting: { tone: 'grey', text: 'Connecting' },
  live: { tone: 'green', text: 'Live' },
  reconnecting: { tone: 'amber', text: 'Reconnecting' },
  'signed-out': { tone: 'red', text: 'Not signed in' },
};

/** How many past events a fresh page asks for. */
const BACKLOG = 200;
const MAX_ROWS = 500;
const MAX_TASKS = 100;
/** Three heartbeats: a connection silent for longer is dead, even if nobody has said so. */
const SILENCE_MS = 35_000;
const WATCH_EVERY_MS = 5_000;
const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 15_000;

const byId = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hour12: false,
});

// ---- Connection

let source;
let lastEventId = '';
let lastHeardMs = Date.now();
let retryMs = MIN_RETRY_MS;
let reconnects = 0;
let wasLive = false;

function connect() {
  const query = new URLSearchParams({ stream: 'sse', backlog: BACKLOG });
  // The browser resumes by itself after a cut; this is for a source that had to be made anew.
  if (lastEventId) query.set('lastEventId', lastEventId);
  source?.close();
  source = new EventSource(`/v1/events?${query}`);
  source.addEventListener('open', opened);
  source.addEventListener('error', interrupted);
  source.addEventListener('heartbeat', heard);
  source.addEventListener('gap', gap);
  for (const type of Object.keys(TYPES)) source.addEventListener(type, received);
}

function opened() {
  heard();
  retryMs = MIN_RETRY_MS;
  if (wasLive) {
    reconnects += 1;
    byId('reconnects').textContent = String(reconnects);
  }
  wasLive = true;
  showState('live');
}

function heard() {
  lastHeardMs = Date.now();
}

function received(message) {
  heard();
  lastEventId = message.lastEventId;
  enqueue({ position: message.lastEventId, event: JSON.parse(message.data) });
}

function gap(message) {
  heard();
  const { reason } = JSON.parse(message.data);
  enqueue({
    notice: `Some events are no longer kept (${reason}); the list goes on with the oldest that is.`,
  });
}

/** The browser goes on trying after a cut, but gives up when the server answers with an error. */
function interrupted() {
  showState(wasLive ? 'reconnecting' : 'connecting');
  if (source.readyState === EventSource.CLOSED) setTimeout(recover, retryMs);
}

async function recover() {
  retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
  if (await isSignedIn()) connect();
  else askForToken();
}

function watchSilence() {
  if (source?.readyState !== EventSource.OPEN || Date.now() - lastHeardMs < SILENCE_MS) return;
  showState('reconnecting');
  connect();
}

// ---- Signing in

/** `undefined` on a server that does not answer counts as yes: connecting will tell. */
async function isSignedIn() {
  const answer = await fetch('/v1/service-map').catch(() => undefined);
  return answer?.status !== 401;
}

async function openSession(init) {
  const answer = await fetch('/session', { method: 'POST', ...init }).catch(() => undefined);
  return answer?.status === 204;
}

async function begin() {
  const code = location.hash.slice(1);
  // The code is good once; it need not stay in the address bar and the history.
  if (code) history.replaceState(null, '', location.pathname);
  const json = { 'Content-Type': 'application/json' };
  const admitted = code && (await openSession({ headers: json, body: JSON.stringify({ code }) }));
  if (admitted || (await isSignedIn())) connect();
  else askForToken(code ? 'This link has been used or is too old.' : '');
}

function askForToken(problem = '') {
  source?.close();
  showState('signed-out');
  byId('sign-in-error').textContent = problem;
  showSignIn(true);
  byId('token').focus();
}

/** What has been seen already stays in view. */
function showSignIn(wanted) {
  byId('sign-in').hidden = !wanted;
  byId('figures').hidden = wanted && seen === 0;
  byId('board').hidden = wanted && seen === 0;
}

async function signIn(submit) {
  submit.preventDefault();
  const token = byId('token').value.trim();
  if (await openSession({ headers: { Authorization: `Bearer ${token}` } })) {
    showSignIn(false);
    byId('token').value = '';
    showState('connecting');
    connect();
  } else {
    byId('sign-in-error').textContent =
      'The server does not know this token. A restarted server has a new one.';
  }
}

// ---- What is shown

const tasks = new Map();
let waiting = [];
let seen = 0;
let shownTask;

/** Events that come together are drawn together; a hidden page has no frames to wait for. */
function enqueue(item) {
  waiting.push(item);
  if (waiting.length > 1) return;
  if (document.hidden) setTimeout(draw, 100);
  else requestAnimationFrame(draw);
}

function draw() {
  const batch = waiting;
  waiting = [];
  const list = byId('events');
  const rows = batch.map((item) => (item.notice ? noticeRow(item.notice) : eventRow(item)));
  list.prepend(...rows.reverse());
  while (list.childElementCount > MAX_ROWS) list.lastElementChild.remove();

  const events = batch.filter((item) => item.event);
  for (const { event } of events) updateTask(event);
  seen += events.length;
  byId('count-events').textContent = seen.toLocaleString();
  byId('count-tasks').textContent = tasks.size.toLocaleString();
  byId('position').textContent = positionOf(lastEventId);
  byId('no-events').hidden = list.childElementCount > 0;
  byId('no-tasks').hidden = tasks.size > 0;
  announce(events);
}

function eventRow({ position, event }) {
  const row = element('li', 'event fresh');
  row.dataset.eventId = event.id;
  row.dataset.taskId = event.taskId;
  row.hidden = shownTask !== undefined && shownTask !== event.taskId;
  const details = element('details');
  const summary = element('summary');
  const chip = element('span', 'chip', event.type);
  chip.dataset.tone = TYPES[event.type].tone;
  const time = element('time', 'time', clock.format(new Date(event.timestamp)));
  time.dateTime = event.timestamp;
  const text = element('span', 'text', textOf(event));
  text.title = textOf(event);
  summary.append(
    time,
    chip,
    text,
    element('span', 'id', event.taskId.slice(0, 8)),
    element('span', 'position', `#${positionOf(position)}`),
  );
  details.append(summary);
  details.addEventListener(
    'toggle',
    () => details.append(element('pre', '', JSON.stringify(event, null, 2))),
    {
      once: true,
    },
  );
  row.append(details);
  return row;
}

function noticeRow(text) {
  return element('li', 'event notice', text);
}

function textOf(event) {
  return event.step
    ? `${event.ariaLiveHint ?? event.type} · ${event.step}`
    : (event.ariaLiveHint ?? event.type);
}

/** A cursor is `<epoch>-<offset>`. */
function positionOf(cursor) {
  return cursor.slice(cursor.lastIndexOf('-') + 1) || '–';
}

function updateTask(event) {
  const known = tasks.get(event.taskId);
  const task = known ?? newTask(event);
  const title = /^Task "(.*)" has been queued$/s.exec(event.ariaLiveHint ?? '')?.[1];
  if (title) task.name.textContent = title;
  task.status.textContent = TYPES[event.type].status;
  task.status.dataset.tone = TYPES[event.type].tone;
  if (!known) byId('tasks').prepend(task.item);
}

function newTask({ taskId }) {
  const item = element('li');
  const button = element('button', 'task');
  button.type = 'button';
  button.setAttribute('aria-pressed', 'false');
  const name = element('span', 'name', 'Task');
  const status = element('span', 'chip');
  button.append(name, status, element('span', 'id', taskId.slice(0, 8)));
  button.addEventListener('click', () => showOnly(shownTask === taskId ? undefined : taskId));
  item.append(button);
  const task = { item, button, name, status };
  tasks.set(taskId, task);
  if (tasks.size > MAX_TASKS) forgetOldestTask();
  return task;
}

function forgetOldestTask() {
  const [taskId, { item }] = tasks.entries().next().value;
  if (shownTask === taskId) showOnly(undefined);
  tasks.delete(taskId);
  item.remove();
}

function showOnly(taskId) {
  shownTask = taskId;
  for (const [id, { button }] of tasks) button.setAttribute('aria-pressed', String(id === taskId));
  for (const row of byId('events').children)
    row.hidden = taskId !== undefined && row.dataset.taskId !== taskId;
  byId('show-all').hidden = taskId === undefined;
}

/** Says what came, for those who listen: one sentence, or how many when there are more. */
function announce(events) {
  if (events.length === 0) return;
  const text = events.length === 1 ? textOf(events[0].event) : `${events.length} events`;
  byId('announcer').replaceChildren(element('p', '', text));
}

function showState(name) {
  const state = byId('state');
  const { tone, text } = STATES[name];
  state.dataset.state = name;
  state.dataset.tone = tone;
  byId('state-text').textContent = text;
}

function element(tag, className = '', text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

byId('sign-in').addEventListener('submit', signIn);
byId('show-all').addEventListener('click', () => showOnly(undefined));
setInterval(watchSilence, WATCH_EVERY_MS);
begin();
