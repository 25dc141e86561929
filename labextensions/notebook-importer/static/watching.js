// Jobs in the status bar, and the page of all jobs as a tab.

const COMMAND = 'importer:show-jobs';
const BUSY_MS = 2000;
const IDLE_MS = 5000;
const MOST_NAMED = 10; // jobs in the tooltip

export function watching(lab) {
  const { apputils, coreutils, services, token } = lab;
  const base = coreutils.PageConfig.getBaseUrl();
  const page = coreutils.URLExt.join(base, 'importer/');
  return {
    id: 'notebook-importer:jobs',
    description: 'Shows running imports in the status bar, and all of them in a tab.',
    autoStart: true,
    optional: [
      token('status', 'IStatusBar'), token('apputils', 'ICommandPalette'),
      token('apputils', 'IThemeManager'), token('application', 'ILayoutRestorer'),
    ],
    activate: (app, statusBar, palette, themes, restorer) => {
      const tracker = new apputils.WidgetTracker({ namespace: 'importer-jobs' });
      let tab = null;

      app.commands.addCommand(COMMAND, {
        label: 'Show all imports',
        caption: 'All imports and other jobs, live',
        describedBy: { args: { type: 'object', properties: {} } },
        icon: lab.icon,
        execute: () => {
          if (!tab || tab.isDisposed) tab = opened();
          if (!tab.isAttached) app.shell.add(tab, 'main');
          app.shell.activateById(tab.id);
        },
      });
      restorer?.restore(tracker, { command: COMMAND, name: () => 'importer-jobs' });
      palette?.addItem({ command: COMMAND, category: 'Import' });

      function opened() {
        const content = new apputils.IFrame({ sandbox: ['allow-same-origin', 'allow-scripts', 'allow-downloads'] });
        const frame = content.node.querySelector('iframe');
        frame.title = 'Imports';
        const dress = () => {
          const root = frame.contentDocument?.documentElement;
          if (root && themes) root.style.colorScheme = themes.isLight(themes.theme ?? '') ? 'light' : 'dark';
        };
        frame.addEventListener('load', dress);
        content.url = page;
        const widget = new apputils.MainAreaWidget({ content });
        Object.assign(widget, { id: 'importer-jobs' });
        Object.assign(widget.title, { label: 'Imports', icon: lab.icon, closable: true });
        themes?.themeChanged.connect(dress);
        widget.disposed.connect(() => themes?.themeChanged.disconnect(dress));
        tracker.add(widget);
        return widget;
      }

      if (statusBar) {
        const item = new lab.widgets.Widget({ node: statusNode(() => app.commands.execute(COMMAND)) });
        item.addClass('jp-mod-highlighted');
        let there = null;
        const settings = services.ServerConnection.makeSettings();
        const poll = new lab.polling.Poll({
          name: 'importer:jobs',
          auto: false,
          factory: async () => {
            let answer;
            try {
              answer = await services.ServerConnection.makeRequest(coreutils.URLExt.join(page, 'api/jobs'), {}, settings);
            } catch (error) {
              // What it said may be long over.
              drawLost(item.node);
              throw error;
            }
            if (answer.status === 404) {
              // This server lacks its half of the package, and will until it starts again.
              poll.dispose();
              there?.dispose();
              return;
            }
            if (!answer.ok) drawLost(item.node);
            if (!answer.ok) throw new services.ServerConnection.ResponseError(answer);
            const found = await answer.json();
            there ??= statusBar.registerStatusItem('importer:jobs', { align: 'left', item, rank: 20 });
            const isBusy = drawStatus(item.node, found);
            poll.frequency = { backoff: true, interval: isBusy ? BUSY_MS : IDLE_MS, max: 60_000 };
          },
          frequency: { backoff: true, interval: IDLE_MS, max: 60_000 },
          standby: 'when-hidden',
        });
        void app.restored.then(() => poll.start());
      }
    },
  };
}

function statusNode(show) {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = 'jp-Importer-status';
  node.innerHTML = '<span></span><span class="jp-Importer-bar" hidden><span></span></span>';
  node.style.cssText = 'border:0;background:none;color:inherit;font:inherit;padding:0 4px;cursor:pointer;display:flex;align-items:center;gap:6px;height:100%';
  node.children[1].style.cssText = 'width:64px;height:6px;border-radius:3px;background:var(--jp-layout-color3);overflow:hidden';
  node.children[1].firstChild.style.cssText = 'display:block;height:100%;background:var(--jp-brand-color1)';
  node.addEventListener('click', show);
  return node;
}

function drawLost(node) {
  const [text, bar] = node.children;
  text.textContent = 'Imports: no answer';
  bar.style.display = 'none';
  node.title = 'The server does not say what runs; it is asked again';
}

// Draw what runs, and say whether anything does.
function drawStatus(node, { jobs, waiting }) {
  const running = jobs.filter((job) => !job.is_final && !job.is_queued);
  const known = running.map((job) => job.percentage).filter((one) => one !== null);
  const percentage = known.length ? Math.floor(known.reduce((sum, one) => sum + one, 0) / known.length) : null;
  const parts = [];
  if (running.length) parts.push(`${running.length} running${percentage === null ? '' : `, ${percentage}%`}`);
  if (waiting) parts.push(`${waiting} waiting`);
  const [text, bar] = node.children;
  const said = parts.length ? `Imports: ${parts.join(', ')}` : 'Imports';
  if (text.textContent !== said) text.textContent = said;
  bar.hidden = percentage === null;
  bar.style.display = percentage === null ? 'none' : '';
  bar.firstChild.style.width = `${percentage ?? 0}%`;
  const named = running.slice(0, MOST_NAMED).map((job) => `${job.label}: ${job.word}${job.percentage === null ? '' : `, ${Math.floor(job.percentage)}%`}`);
  const more = running.length - named.length;
  node.title = [...named, ...(more > 0 ? [`and ${more} more`] : []), 'Click to show all imports'].join('\n');
  return running.length > 0 || waiting > 0;
}
