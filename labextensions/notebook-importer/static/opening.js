// Opens files in the App: the one in front, or a new one in a notebook beside the file.
import { cell, isTable, listed, pathFrom } from './files.js';

const COMMAND = 'importer:open';
const LABEL = 'Import into a database…';
const DRAWN_MS = 10_000;
const FREE_MS = 2000; // wait for a kernel that is only answering a click
const ARGUMENTS = {
  type: 'object',
  properties: {
    cwd: { type: 'string', description: 'Folder of a new notebook' },
    empty: { type: 'boolean', description: 'Whether to open the App without a file' },
    files: { type: 'array', items: { type: 'string' }, description: 'Files, in place of those that are selected' },
  },
};
const IN_SIGHT = 5; // files in a cell below which the App is seen without scrolling
const ON_DISK = ['', 'RTC']; // drives whose files a kernel finds under the root of the server

export function opening(lab) {
  const { apputils, coreutils, notebook, token } = lab;
  return {
    id: 'notebook-importer:open',
    description: 'Opens files in the App from the file browser, the launcher and the palette.',
    autoStart: true,
    requires: [token('browser', 'IFileBrowserFactory')],
    optional: [token('notebook', 'INotebookTracker'), token('launcher', 'ILauncher'), token('apputils', 'ICommandPalette')],
    activate: (app, browsers, notebooks, launcher, palette) => {
      const contents = app.serviceManager.contents;
      const browser = () => browsers.tracker.currentWidget;
      const chosen = () => [...(browser()?.selectedItems() ?? [])];
      const tables = () => chosen().filter((item) => item.type !== 'directory' && isTable(item.name) && isOnDisk(item.path));
      const isOnDisk = (path) => ON_DISK.includes(contents.driveName(path));

      app.commands.addCommand(COMMAND, {
        caption: 'Open the App, which looks at a file, checks it and imports it',
        describedBy: { args: ARGUMENTS },
        icon: lab.icon,
        label: (args) => {
          const [some, all] = args.empty || args.files ? [0, 0] : [tables().length, chosen().length];
          return some < all ? `Import ${some} of these ${all} files into a database…` : LABEL;
        },
        isVisible: (args) => Boolean(args.empty || args.files) || tables().length > 0,
        execute: async (args) => {
          const files = args.empty ? [] : args.files ?? tables().map((item) => item.path);
          const folder = args.cwd ?? browser()?.model.path ?? '';
          try {
            const there = files.length ? await inFront(files) : null;
            if (there === null) await newNotebook(folder, files);
            else if (there === 'waits') {
              const subject = files.length === 1 ? 'The file waits' : 'The files wait';
              apputils.Notification.info(`${subject} in the App until the import there is done.`, { autoClose: 8000 });
            }
          } catch (error) {
            await apputils.showErrorMessage('Import into a database', error);
          }
        },
      });
      app.contextMenu.addItem({ command: COMMAND, selector: '.jp-DirListing-item[data-isdir="false"]', rank: 3 });
      launcher?.add({ command: COMMAND, category: 'Other', rank: 0, args: { empty: true } });
      palette?.addItem({ command: COMMAND, category: 'Import', args: { empty: true } });

      // Hand the files to the App of the notebook in front; null if there is none that can take them.
      async function inFront(files) {
        const panel = notebooks?.currentWidget;
        const shown = panel?.isVisible ? panel.content.widgets.find((one) => one.node.querySelector('.im-steps')) : null;
        const kernel = panel?.sessionContext.session?.kernel;
        if (!shown || !kernel || !(await isFree(kernel))) return null;
        // The kernel may have moved to another folder since it started.
        const root = coreutils.PageConfig.getOption('serverRoot');
        const here = folderOf(contents.localPath(panel.context.path));
        const placed = (path) => (root ? `${root.replace(/\/$/, '')}/${path}` : pathFrom(here, path));
        const names = listed(files.map((path) => placed(contents.localPath(path))));
        const take = 'getattr(__import__("sys").modules.get("importer.app"), "take", lambda *files: None)';
        const asked = kernel.requestExecute({
          code: '', silent: true, store_history: false, stop_on_error: false, allow_stdin: false,
          user_expressions: { importer: `${take}(${names})` },
        });
        const reply = await asked.done.catch(() => null); // The kernel may end meanwhile.
        const said = reply?.content.user_expressions?.importer?.data?.['text/plain']?.replaceAll("'", '') ?? 'None';
        if (said === 'None') return null;
        app.shell.activateById(panel.id);
        shown.node.scrollIntoView({ block: 'nearest' });
        return said;
      }

      async function newNotebook(folder, files) {
        await app.serviceManager.kernelspecs.ready;
        const kernel = pythonKernel(app.serviceManager.kernelspecs.specs);
        if (!kernel) throw new Error('The App is Python, and this server has no Python kernel.');
        const file = await untitled(folder);
        const here = folderOf(contents.localPath(file.path));
        const source = cell(files.map((path) => pathFrom(here, contents.localPath(path))));
        await contents.save(file.path, { type: 'notebook', format: 'json', content: book(source, kernel) });
        const panel = await app.commands.execute('docmanager:open', { path: file.path, factory: 'Notebook', kernel: { name: kernel.name } });
        // Jupyter Notebook opens it on a page of its own.
        if (!panel?.sessionContext) return;
        await panel.context.ready;
        await panel.revealed;
        await panel.sessionContext.ready;
        await answers(panel.sessionContext.session?.kernel);
        await notebook.NotebookActions.run(panel.content, panel.sessionContext);
        tellIfMissing(panel, kernel);
        if (files.length > IN_SIGHT) whenThere(panel.content.widgets[0].node, (shown) => shown.scrollIntoView());
        // The page may be reloaded before JupyterLab saves by itself.
        await panel.context.save().catch(() => {});
      }

      // A notebook in this folder, or at the root if nothing can be written there.
      async function untitled(folder) {
        try {
          return await contents.newUntitled({ path: folder, type: 'notebook' });
        } catch (error) {
          const drive = contents.driveName(folder);
          if (!contents.localPath(folder)) throw error;
          return contents.newUntitled({ path: drive && `${drive}:`, type: 'notebook' }).catch(() => { throw error; });
        }
      }

      function tellIfMissing(panel, kernel) {
        const outputs = panel.content.widgets[0]?.model.outputs?.toJSON() ?? [];
        if (outputs.some((output) => output.ename === 'ModuleNotFoundError' && /\bimporter\b/.test(output.evalue))) {
          apputils.Notification.error(
            `The kernel “${kernel.display_name}” lacks the package notebook-importer. `
              + 'Install it there, or choose another kernel for this notebook.',
            { autoClose: false },
          );
        }
      }
    },
  };
}

// Wait until a kernel has told what it can do: what a widget sends to one that runs a cell before is lost.
async function answers(kernel) {
  await kernel?.info;
  if (!kernel || kernel.connectionStatus === 'connected') return;
  await new Promise((resolve) => {
    const see = (_, status) => {
      if (status === 'connecting') return;
      kernel.connectionStatusChanged.disconnect(see);
      resolve();
    };
    kernel.connectionStatusChanged.connect(see);
  });
}

const folderOf = (path) => path.split('/').slice(0, -1).join('/');

// The server's usual kernel if it speaks Python, or else any that does.
function pythonKernel(specs) {
  const all = Object.values(specs?.kernelspecs ?? {}).filter((one) => one?.language?.toLowerCase() === 'python');
  return all.find((one) => one.name === specs.default) ?? all[0];
}

const book = (source, { name, display_name, language }) => ({
  cells: [{ cell_type: 'code', id: 'import', metadata: {}, outputs: [], execution_count: null, source }],
  metadata: { kernelspec: { name, display_name, language } },
  nbformat: 4,
  nbformat_minor: 5,
});

// Call with the App in a cell, now or once it is drawn.
function whenThere(cell, call) {
  const look = () => {
    const shown = cell.querySelector('.im-steps');
    if (shown) { watch.disconnect(); call(shown); }
  };
  const watch = new MutationObserver(look);
  watch.observe(cell, { childList: true, subtree: true });
  setTimeout(() => watch.disconnect(), DRAWN_MS);
  look();
}

function isFree(kernel) {
  if (kernel.status === 'idle') return true;
  if (kernel.status !== 'busy') return false;
  return new Promise((resolve) => {
    const end = (answer) => { clearTimeout(timer); kernel.statusChanged.disconnect(see); resolve(answer); };
    const see = (_, status) => { if (status === 'idle') end(true); };
    const timer = setTimeout(() => end(false), FREE_MS);
    kernel.statusChanged.connect(see);
  });
}
