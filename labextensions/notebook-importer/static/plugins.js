// The two parts, each of which can be switched off alone: opening files, and watching jobs.
import { opening } from './opening.js';
import { watching } from './watching.js';

const MODULES = {
  apputils: '@jupyterlab/apputils',
  application: '@jupyterlab/application',
  browser: '@jupyterlab/filebrowser',
  coreutils: '@jupyterlab/coreutils',
  launcher: '@jupyterlab/launcher',
  lumino: '@lumino/coreutils',
  notebook: '@jupyterlab/notebook',
  polling: '@lumino/polling',
  services: '@jupyterlab/services',
  status: '@jupyterlab/statusbar',
  ui: '@jupyterlab/ui-components',
  widgets: '@lumino/widgets',
};

const ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path class="jp-icon3" fill="#616161" '
  + 'd="M2 2h12v5h-1V6H3v7h5v1H2zM11 9h2v2h2v2h-2v2h-2v-2H9v-2h2z"/></svg>';

export async function plugins(shared) {
  const names = Object.keys(MODULES);
  const found = await Promise.all(Object.values(MODULES).map(shared));
  const lab = Object.fromEntries(names.map((name, place) => [name, found[place]]));
  lab.icon = new lab.ui.LabIcon({ name: 'importer:icon', svgstr: ICON });
  // Programs such as Jupyter Notebook lack some parts of JupyterLab.
  lab.token = (module, name) => lab[module][name] ?? new lab.lumino.Token(`notebook-importer:no-${name}`);
  return [opening(lab), watching(lab)];
}
