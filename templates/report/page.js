// The page: which benchmark is shown, colours, keys.

const page = {
  data: JSON.parse(document.getElementById('data').textContent),
  sections: [...document.querySelectorAll('section.benchmark')],

  begin() {
    document.documentElement.classList.add('scripted');
    this.explorer = new Explorer(document.getElementById('explorer'), document.querySelector('.tip'));
    this.setUpTheme();
    this.setUpKeys();
    addEventListener('hashchange', () => this.route(true));
    addEventListener('beforeprint', () => this.print(true));
    addEventListener('afterprint', () => this.print(false));
    this.route(false);
  },

  /** The benchmark that the address names, else the first. */
  route(isAsked) {
    const named = this.sections.findIndex((section) => `#${section.id}` === location.hash);
    if (named < 0 && this.current !== undefined) return;
    const at = Math.max(named, 0);
    if (this.sections.length === 0) return;
    this.sections.forEach((section, each) => section.classList.toggle('current', each === at));
    document.querySelectorAll('tr[data-row]').forEach((row) => {
      const isCurrent = Number(row.dataset.row) === at;
      row.classList.toggle('current', isCurrent);
      const link = row.querySelector('a');
      if (isCurrent) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    });
    if (isAsked) {
      this.sections[at].focus({ preventScroll: true });
      this.sections[at].scrollIntoView({ block: 'start' });
    }
    if (this.current === at) return;
    this.current = at;
    const mount = this.sections[at].querySelector('.mount');
    const trees = this.data.benchmarks[at];
    if (mount && trees.length > 0) {
      this.sources ??= [];
      this.sources[at] ??= trees.map((about, number) => new Source(about, `${at}-${number}`));
      this.explorer.show(this.sources[at], mount);
    }
  },

  setUpTheme() {
    const choice = document.getElementById('theme');
    choice.parentElement.hidden = false;
    // Files have no storage in some browsers.
    const remembered = (() => { try { return localStorage.getItem('perfbase-theme'); } catch { return null; } })();
    const apply = (theme) => {
      if (theme) document.documentElement.dataset.theme = theme;
      else delete document.documentElement.dataset.theme;
      this.explorer.flame.recolor();
    };
    if (['light', 'dark'].includes(remembered)) choice.value = remembered;
    apply(choice.value);
    choice.addEventListener('change', () => {
      apply(choice.value);
      try { localStorage.setItem('perfbase-theme', choice.value); } catch { /* Then it is asked again. */ }
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.explorer.flame.recolor());
  },

  setUpKeys() {
    const help = document.getElementById('help');
    const button = document.getElementById('help-button');
    button.hidden = false;
    button.addEventListener('click', () => help.showModal());
    addEventListener('keydown', (event) => {
      const isTyping = event.target.closest?.('input, select, textarea, dialog');
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === '/' && this.explorer.root.isConnected) {
        event.preventDefault();
        this.explorer.search.input.focus();
        this.explorer.search.input.select();
      } else if (event.key === '?') {
        event.preventDefault();
        help.showModal();
      }
    });
  },

  /** Paper is light, and cannot be unfolded. */
  print(isPrinting) {
    const root = document.documentElement;
    if (!isPrinting) this.folded.forEach((details) => { details.open = false; });
    if (isPrinting) {
      this.theme = root.dataset.theme;
      root.dataset.theme = 'light';
      this.folded = [...document.querySelectorAll('details:not([open])')];
      this.folded.forEach((details) => { details.open = true; });
    } else if (this.theme) root.dataset.theme = this.theme;
    else delete root.dataset.theme;
    this.explorer.flame.recolor();
  },
};

page.begin();
