// Names of files: which of them can be imported, and how Python spells them.

// A test compares them with the package's own.
export const SUFFIXES = [
  '.xlsx', '.xlsm', '.xltx', '.xltm', '.xlsb', '.xls', '.ods', '.fods', '.csv', '.csv.gz', '.csv.bz2', '.csv.xz',
  '.csv.zst', '.csv.zip', '.tsv', '.tsv.gz', '.tsv.bz2', '.tsv.xz', '.tsv.zst', '.tsv.zip', '.tab', '.tab.gz',
  '.tab.bz2', '.tab.xz', '.tab.zst', '.tab.zip', '.txt', '.txt.gz', '.txt.bz2', '.txt.xz', '.txt.zst', '.txt.zip',
  '.json', '.json.gz', '.json.bz2', '.json.xz', '.json.zst', '.json.zip', '.jsonl', '.jsonl.gz', '.jsonl.bz2',
  '.jsonl.xz', '.jsonl.zst', '.jsonl.zip', '.ndjson', '.ndjson.gz', '.ndjson.bz2', '.ndjson.xz', '.ndjson.zst',
  '.ndjson.zip', '.zip', '.parquet', '.arrow', '.feather', '.ipc', '.html', '.htm',
];

export const isTable = (name) => SUFFIXES.some((suffix) => name.toLowerCase().endsWith(suffix));

// A text as Python. What cannot be seen, or turns the direction of a line, is spelt out: the cell shows what it runs.
export function python(text) {
  return JSON.stringify(text).replace(/(?! )[\p{C}\p{Z}]/gu, (letter) => {
    const code = letter.codePointAt(0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}

// The way to a file from a folder; both are paths below the root of the server.
export function pathFrom(folder, path) {
  const [from, to] = [folder, path].map((one) => one.split('/').filter(Boolean));
  while (from.length && to.length > 1 && from[0] === to[0]) { from.shift(); to.shift(); }
  const way = [...from.map(() => '..'), ...to].join('/');
  // A tilde at the front would be somebody's home.
  return way.startsWith('~') ? `./${way}` : way;
}

const LINE = 88; // longest line of a cell

// The list of files as Python, or the only one of them.
export function listed(files) {
  const names = files.map(python);
  if (names.length < 2) return names.join('');
  const line = `[${names.join(', ')}]`;
  return line.length + 'importer.App()'.length <= LINE ? line : `[\n${names.map((name) => `    ${name},\n`).join('')}]`;
}

export const cell = (files) => `import importer\n\nimporter.App(${listed(files)})`;
