// All jobs, live: a list that is asked for again and again, and events of the few that move.
import { sending } from './send.js';

const POLL_MS = 2000;
const MOST_STREAMS = 3; // A browser keeps six connections to a server, and others need some.
const WAIT_MS = 8000;

const rows = new Map(); // what is shown, by job
const streams = new Map(); // connections, by job
const confirming = new Set(); // jobs whose undo was clicked once
let older = []; // pages that were asked for
let next = null;
let timer = null;

const find = (name) => document.getElementById(name);
const number = (value) => Math.round(value).toLocaleString();

function seconds(value) {
  if (value === null || value === undefined) return '';
  const s = Math.max(0, Math.round(value));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

function cookie(name) {
  const found = document.cookie.split('; ').find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
}

async function ask(path, options = {}) {
  const headers = { 'X-XSRFToken': cookie('_xsrf'), ...options.headers };
  const answer = await fetch(`api/${path}`, { ...options, headers, signal: AbortSignal.timeout(options.method ? 600000 : WAIT_MS) });
  const found = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(found.detail || answer.statusText), { status: answer.status });
  return found;
}

function figures(job) {
  const parts = [];
  if (job.kind === 'undo') {
    parts.push(`${number(job.completed)} of ${number(job.total ?? job.completed)} rows taken back`);
  } else if (job.kind === 'task') {
    if (job.stage && !job.is_final) parts.push(...[job.stage.name, job.stage.message].filter(Boolean));
    parts.push(`${number(job.rows_read)} steps`);
  } else {
    parts.push(`${number(job.rows_read)} rows`);
    for (const name of ['created', 'updated', 'unchanged', 'rejected']) {
      if (job[name]) parts.push(`${number(job[name])} ${name}`);
    }
  }
  if (job.percentage !== null) parts.unshift(`${Math.floor(job.percentage)}%`);
  if (job.rows_per_s && job.kind !== 'task') parts.push(`${number(job.rows_per_s)} rows/s`);
  if (job.is_final) parts.push(`took ${seconds(job.elapsed_s)}`);
  else if (job.remaining_s !== null) parts.push(`${seconds(job.remaining_s)} left`);
  return parts.join(' · ');
}

function word(job) {
  if (job.asked && !job.is_final) return `${job.word}, asked to ${job.asked}`;
  return job.word;
}

function actions(job) {
  const found = [];
  if (!job.is_final) {
    if (!job.is_queued) found.push(job.state === 'paused' ? ['resume', 'Resume'] : ['pause', 'Pause']);
    found.push(['cancel', 'Cancel']);
  }
  if (job.can_resume) found.push(['resume', 'Resume']);
  if (job.can_undo && !isUndone(job)) {
    found.push(confirming.has(job.job_id) ? ['undo', 'Undo: take its rows back out'] : ['confirm', 'Undo…']);
    if (confirming.has(job.job_id)) found.push(['keep', 'Keep']);
  }
  return found;
}

const isUndone = (job) => [...rows.values()].some((row) => row.job.undoes === job.job_id && row.job.state === 'succeeded');

async function act(row, what) {
  const id = row.job.job_id;
  if (what === 'confirm' || what === 'keep') {
    confirming[what === 'confirm' ? 'add' : 'delete'](id);
    draw(row, row.job);
    return;
  }
  row.item.querySelectorAll('button').forEach((button) => { button.disabled = true; });
  row.problem = '';
  try {
    await ask(`jobs/${id}/${what}`, { method: 'POST' });
  } catch (error) {
    row.problem = error.message;
  }
  confirming.delete(id);
  row.drawn = '';
  draw(row, row.job);
  refresh();
}

function draw(row, job) {
  row.job = job;
  const item = row.item;
  item.className = job.is_queued ? 'queued' : job.state;
  item.querySelector('h2').textContent = job.label || job.job_id.slice(0, 8);
  item.querySelector('.state').textContent = word(job);
  item.querySelector('.figures').textContent = job.is_queued ? 'Waits for a worker' : figures(job);
  item.querySelector('.target').textContent = [job.target, job.made_at && new Date(job.made_at).toLocaleString()].filter(Boolean).join(' · ');
  const bar = item.querySelector('.bar');
  bar.setAttribute('aria-label', job.label);
  bar.firstElementChild.style.width = `${job.percentage ?? 0}%`;
  if (job.percentage === null) bar.removeAttribute('aria-valuenow');
  else bar.setAttribute('aria-valuenow', Math.floor(job.percentage));
  const error = item.querySelector('.error');
  error.textContent = row.problem || job.error || '';
  error.hidden = !error.textContent;
  // Buttons are made anew only where they differ, so that a click or a focus is not lost.
  const wanted = actions(job);
  const links = job.has_rejects && job.is_final ? ['xlsx', 'csv'] : [];
  const drawn = JSON.stringify([wanted, links]);
  if (row.drawn === drawn) return;
  row.drawn = drawn;
  item.querySelector('.actions').replaceChildren(
    ...wanted.map(([what, text]) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = text;
      button.addEventListener('click', () => act(row, what));
      return button;
    }),
    ...links.map((kind) => {
      const link = document.createElement('a');
      link.href = `api/jobs/${job.job_id}/rejects.${kind}`;
      link.textContent = `Refused rows (${kind.toUpperCase()})`;
      return link;
    }),
  );
}

function show(jobs) {
  const ids = new Set(jobs.map((job) => job.job_id));
  for (const [id, row] of rows) {
    if (!ids.has(id)) { row.item.remove(); rows.delete(id); }
  }
  let before = null;
  for (const job of jobs) {
    let row = rows.get(job.job_id);
    if (!row) {
      row = { item: find('job').content.firstElementChild.cloneNode(true), job, drawn: null, problem: '' };
      row.item.dataset.job = job.job_id;
      rows.set(job.job_id, row);
    }
    const place = before ? before.nextElementSibling : find('jobs').firstElementChild;
    if (place !== row.item) find('jobs').insertBefore(row.item, place);
    before = row.item;
  }
  for (const job of jobs) draw(rows.get(job.job_id), job);
  find('empty').hidden = jobs.length > 0;
}

function follow(jobs) {
  const moving = jobs.filter((job) => !job.is_final && !job.is_queued).slice(0, MOST_STREAMS);
  const ids = new Set(moving.map((job) => job.job_id));
  for (const [id, stream] of streams) {
    if (!ids.has(id)) { stream.close(); streams.delete(id); }
  }
  for (const { job_id: id } of moving) {
    if (streams.has(id)) continue;
    const stream = new EventSource(`api/jobs/${id}/events`);
    streams.set(id, stream);
    const end = () => { stream.close(); streams.delete(id); };
    const take = (event) => { if (rows.has(id)) draw(rows.get(id), JSON.parse(event.data)); };
    stream.addEventListener('progress', take);
    stream.addEventListener('complete', (event) => { end(); take(event); refresh(); });
    // A lost connection is an event of this name too, but it has no data; the browser connects again by itself.
    stream.addEventListener('error', (event) => {
      if (event.data) { end(); refresh(); } else if (stream.readyState === EventSource.CLOSED) end();
    });
  }
}

function connected(text, isLost) {
  const shown = find('connection');
  if (shown.textContent !== text) shown.textContent = text;
  shown.classList.toggle('lost', isLost);
}

async function refresh() {
  clearTimeout(timer);
  try {
    const found = await ask('jobs?limit=20');
    const jobs = [...found.jobs];
    const known = new Set(jobs.map((job) => job.job_id));
    for (const job of older) if (!known.has(job.job_id)) jobs.push(job);
    if (!older.length) next = found.next;
    show(jobs);
    follow(found.jobs);
    find('more').hidden = !next;
    const waiting = found.waiting ? `${found.waiting} waiting, ${found.workers} worker${found.workers === 1 ? '' : 's'}` : '';
    find('queue').textContent = waiting;
    connected('Live', false);
  } catch (error) {
    connected(error.status === 403 ? 'Please log in to Jupyter again' : `No connection, trying again (${error.message})`, true);
  }
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(refresh, POLL_MS);
}

sending({ token: () => cookie('_xsrf'), sent: refresh });

find('more').addEventListener('click', async () => {
  try {
    const found = await ask(`jobs?limit=50&after=${next}`);
    older = [...older, ...found.jobs];
    next = found.next;
  } catch (error) {
    connected(error.message, true);
  }
  refresh();
});

document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    for (const stream of streams.values()) stream.close();
    streams.clear();
  } else refresh();
});
refresh();
