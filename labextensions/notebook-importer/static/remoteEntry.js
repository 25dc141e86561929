// What JupyterLab loads: the container that a bundler's module federation would build, by hand.
'use strict';

(() => {
  const here = document.currentScript.src;
  let scope = {};

  // A module that JupyterLab shares with its extensions; an empty one where this program has none.
  const shared = async (name) => {
    const [version] = Object.values(scope[name] ?? {});
    return version ? (await version.get())() : {};
  };

  (window._JUPYTERLAB ??= {})['notebook-importer'] = {
    init: (given) => { scope = given; },
    get: async () => {
      const { plugins } = await import(new URL('plugins.js', here).href);
      const found = { __esModule: true, default: await plugins(shared) };
      return () => found;
    },
  };
})();
