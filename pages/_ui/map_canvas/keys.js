// The map without a mouse: a focused cell that arrow keys move, and what is said of it.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const keys = {
  focused() {
    if (!this.canvas.matches(":focus-visible")) return;
    const first = this.filling.row.findIndex((row) => row >= 0);
    const start = this.marks.selected >= 0 ? this.marks.selected : Math.max(0, first);
    this.focusOn(this.lastFocused ?? start);
  },

  focusOn(cell) {
    this.lastFocused = cell;
    if (this.view.reveal(cell)) this.redraw();
    this.mark({ focused: cell });
    this.echoAll(this.filling.row[cell]);
    const aimed = this.marks.targets.has(cell) ? ", targeted" : "";
    const chosen = this.marks.gathered.has(cell) ? ", selected" : "";
    this.say(`${this.sheet.layout.place(cell)}, ${this.filling.contents(cell, this.tones)}${aimed}${chosen}`);
  },

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { focused } = this.marks;
    const step = ARROWS[event.key];
    const acts = {
      Enter: () => focused >= 0 && !event.repeat && this.choose(focused), "+": () => this.zoomOnFocus(STEP),
      "-": () => this.zoomOnFocus(1 / STEP), 0: () => this.reset(), t: () => focused >= 0 && !event.repeat && this.aimAt(focused),
      s: () => focused >= 0 && !event.repeat && this.gatherOne(focused), escape: () => this.gatherNone(),
    };
    const act = { " ": "Enter", "=": "+", _: "-", Enter: "Enter" }[event.key] ?? event.key.toLowerCase();
    if (step) this.step(step, event.shiftKey);
    else if (Object.hasOwn(acts, act)) acts[act]();
    else return;
    event.preventDefault();
  },

  step(direction, gathering) {
    const from = this.marks.focused;
    if (from < 0) return this.focusOn(this.lastFocused ?? Math.max(0, this.marks.selected));
    const to = this.sheet.layout.step(from, direction);
    if (gathering) this.anchor ??= from;
    if (to >= 0) this.focusOn(to);
    if (gathering) this.previewBlock();
    return undefined;
  },

  // The block between where Shift went down and here; it counts once Shift is let go.
  previewBlock() {
    const { box } = this.view;
    const ends = [this.anchor, this.marks.focused].map((cell) => box.call(this.view, cell));
    const [left, top] = ["x", "y"].map((at) => Math.min(...ends.map((end) => end[at])));
    const [right, bottom] = ["x", "y"].map((at) => Math.max(...ends.map((end) => end[at] + end.size)));
    this.mark({ rope: [[left, top], [right, top], [right, bottom], [left, bottom]] });
  },

  released(event) {
    if (event.key !== "Shift" || this.anchor === undefined) return;
    this.anchor = undefined;
    this.gatherInside(this.marks.rope, true);
  },

  zoomOnFocus(factor) {
    const { x, y, size } = this.marks.focused < 0 ? { x: this.view.width / 2, y: this.view.height / 2, size: 0 }
      : this.view.box(this.marks.focused);
    this.zoom(factor, x + size / 2, y + size / 2);
    if (this.marks.focused >= 0 && this.view.reveal(this.marks.focused)) this.redraw();
  },
};

Object.defineProperties(ArchiveMap.prototype, Object.getOwnPropertyDescriptors(keys));
