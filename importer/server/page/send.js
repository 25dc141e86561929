// Files that are dropped or chosen are sent one after the other, each with the request for its import.
'use strict';

const find = (name) => document.getElementById(name);

function size(octets) {
  const unit = octets < 1e6 ? [1e3, 'kB'] : octets < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return octets < 1e3 ? `${octets} B` : `${(octets / unit[0]).toFixed(1)} ${unit[1]}`;
}

// What the fields say of the imports that follow.
function request() {
  const [into, table, key] = ['into', 'table', 'key'].map((name) => find(name).value.trim());
  const columns = key.split(',').map((one) => one.trim()).filter(Boolean);
  return { into, options: { ...(table && { table }), ...(columns.length && { key: columns }) } };
}

// `token()` is what the server wants with each request; `sent()` is called after each file that has arrived.
export function sending({ token, sent }) {
  const waiting = [];
  let current = null;

  function add(files, areFolders = []) {
    for (const [place, file] of [...files].entries()) {
      const item = find('upload').content.firstElementChild.cloneNode(true);
      item.querySelector('h2').textContent = file.name;
      item.querySelector('.bar').setAttribute('aria-label', `Upload of ${file.name}`);
      const upload = { file, item, asked: request(), call: null };
      item.querySelector('.cancel').addEventListener('click', () => leave(upload));
      item.querySelector('.again').addEventListener('click', () => {
        upload.asked = request();
        waiting.push(upload);
        say(upload, 'waiting', size(upload.file.size));
        next();
      });
      find('uploads').append(item);
      if (areFolders[place]) {
        say(upload, 'not imported', '', 'This is a folder. Drop the files in it');
        item.querySelector('.again').hidden = true;
        continue;
      }
      waiting.push(upload);
      say(upload, 'waiting', size(upload.file.size));
    }
    next();
  }

  function say(upload, state, figures, error = '') {
    const { item } = upload;
    item.querySelector('.state').textContent = state;
    item.querySelector('.figures').textContent = figures;
    item.querySelector('.error').textContent = error;
    item.querySelector('.error').hidden = !error;
    item.querySelector('.again').hidden = !error;
    item.classList.toggle('failed', Boolean(error));
    item.querySelector('.cancel').textContent = error ? 'Remove' : 'Cancel';
  }

  function move(upload, share) {
    const bar = upload.item.querySelector('.bar');
    bar.setAttribute('aria-valuenow', Math.floor(100 * share));
    bar.firstElementChild.style.width = `${100 * share}%`;
  }

  function leave(upload) {
    const place = waiting.indexOf(upload);
    if (place >= 0) waiting.splice(place, 1);
    upload.item.remove();
    upload.call?.abort();
  }

  function next() {
    if (current || !waiting.length) return;
    const upload = current = waiting.shift();
    const form = new FormData();
    form.append('job', JSON.stringify(upload.asked));
    form.append('file', upload.file, upload.file.name);
    const call = upload.call = new XMLHttpRequest();
    const end = (error) => {
      current = upload.call = null;
      if (error === undefined) upload.item.remove();
      else if (upload.item.isConnected) { move(upload, 0); say(upload, 'not imported', size(upload.file.size), error); }
      next();
    };
    call.open('POST', 'api/jobs');
    call.setRequestHeader('X-XSRFToken', token());
    call.responseType = 'json';
    call.upload.addEventListener('progress', ({ loaded, total }) => {
      move(upload, total ? loaded / total : 0);
      say(upload, 'uploading', loaded < total ? `${size(loaded)} of ${size(total)}` : 'Sent; the server looks at it');
    });
    call.addEventListener('load', () => {
      if (call.status < 300) {
        try { localStorage.setItem('importer-into', upload.asked.into); } catch { /* a private window */ }
        end();
        sent();
      } else end(call.status === 403 ? 'Please log in to Jupyter again' : call.response?.detail ?? `${call.status} ${call.statusText}`);
    });
    call.addEventListener('error', () => end('The connection broke off, or the file is gone or was changed'));
    call.addEventListener('abort', () => end('Cancelled'));
    say(upload, 'uploading', `0 B of ${size(upload.file.size)}`);
    call.send(form);
  }

  try { find('into').value = localStorage.getItem('importer-into') || find('into').value; } catch { /* a private window */ }
  find('files').addEventListener('change', ({ target }) => { add(target.files); target.value = ''; });
  find('choose').addEventListener('click', () => find('files').click());

  // The whole page takes files, so that none that misses replaces it.
  let inside = 0;
  const light = (is) => find('drop').classList.toggle('over', is);
  const bringsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  addEventListener('dragenter', (event) => { if (bringsFiles(event)) { inside += 1; light(true); } });
  addEventListener('dragleave', (event) => { if (bringsFiles(event)) { inside = Math.max(0, inside - 1); light(inside > 0); } });
  addEventListener('dragover', (event) => { if (bringsFiles(event)) event.preventDefault(); });
  addEventListener('drop', (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    inside = 0;
    light(false);
    // A folder looks like a file here; a browser says so only in this way.
    const files = [...event.dataTransfer.items].filter((one) => one.kind === 'file');
    const areFolders = files.map((one) => one.webkitGetAsEntry?.()?.isDirectory);
    add(event.dataTransfer.files, areFolders);
  });
  addEventListener('beforeunload', (event) => { if (current) event.preventDefault(); });
}
