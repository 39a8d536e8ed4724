// The map: the parts put together, and what pointer and keys do to them.

const STEP = 1.5; // one press of + or −
const STILL = 5; // a pointer that moved less than this many pixels has clicked
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

class ArchiveMap {
  constructor(root, name) {
    this.root = root;
    this.name = name;
    this.canvas = this.part("canvas");
    this.view = new View();
    this.painter = new Painter(this.canvas, this.part("marks"), new Pictures(() => this.redraw()));
    this.marks = { hovered: -1, selected: -1, focused: -1 };
    this.pointers = new Map();
    this.part("legend").querySelector(".ramp").style.setProperty("--ramp", `linear-gradient(90deg, ${VIRIDIS.join(", ")})`);
    this.listening = new AbortController();
    this.listen();
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  listen() {
    const { signal } = this.listening;
    const on = (type, act, options) => this.canvas.addEventListener(type, (event) => act.call(this, event), { signal, ...options });
    on("wheel", this.wheeled, { passive: false });
    on("pointerdown", this.pointerDown);
    on("pointermove", this.pointerMoved);
    on("pointerup", this.pointerUp);
    on("pointercancel", this.pointerLost);
    on("pointerleave", this.pointerLeft);
    on("dblclick", () => this.reset());
    on("keydown", this.pressed);
    on("focus", this.focused);
    on("blur", () => this.mark({ focused: -1 }));
    this.root.querySelector(".buttons").addEventListener("click", (event) => this.tool(event.target.dataset.act), { signal });
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(this.part("sheet"));
  }

  close() {
    this.listening.abort();
    this.resizing.disconnect();
    cancelAnimationFrame(this.frame);
  }

  // Called at each rerun of the page that changed something, and at each change of theme.
  receive(data, pick) {
    this.pick = pick;
    this.root.style.setProperty("--height", `${data.height}px`);
    if (data !== this.data) this.grid = new Grid(data); // a change of theme alone brings the same object
    if (data.selected !== this.data?.selected) this.marks.selected = data.selected;
    if (this.marks.focused >= this.grid.size) this.marks.focused = -1;
    this.marks.hovered = -1;
    this.hideTip();
    this.data = data;
    this.describe();
    this.painter.readTheme(this.root);
    this.resize();
  }

  describe() {
    const { grid, data } = this;
    const byCount = data.color_by === "count";
    const filled = grid.cells.index.length;
    this.part("axis-0").textContent = data.axis_names[0];
    this.part("axis-1").textContent = data.axis_names[1];
    this.part("legend-name").textContent = byCount ? "Items" : "Quality";
    this.part("legend-low").textContent = byCount ? "1" : "0";
    this.part("legend-high").textContent = byCount ? String(Math.max(1, grid.highestCount)) : "1";
    this.part("key-target").hidden = grid.targets.size === 0;
    this.canvas.setAttribute("aria-label",
      `Map of ${grid.nx} columns (${data.axis_names[0]}) and ${grid.ny} rows (${data.axis_names[1]}), `
      + `${filled} of ${grid.size} cells filled. Arrow keys move, Enter picks, plus and minus zoom, 0 shows all.`);
  }

  resize() {
    const { clientWidth, clientHeight } = this.part("sheet");
    if (!this.grid || !clientWidth || !clientHeight) return;
    this.view.fit(clientWidth, clientHeight, this.grid);
    this.redraw();
  }

  redraw() {
    this.stale = true;
    this.nextFrame();
  }

  // Moving a mark leaves the cells under it as they are.
  mark(changes) {
    Object.assign(this.marks, changes);
    this.nextFrame();
  }

  nextFrame() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      if (!this.view.grid) return;
      if (this.stale) this.drawCells();
      this.painter.drawMarks(this.view, this.marks);
    });
  }

  drawCells() {
    const { view } = this;
    this.stale = false;
    this.painter.draw(view);
    this.placeAxes();
    const zoomed = view.zoom > 1;
    this.canvas.classList.toggle("zoomed", zoomed);
    this.root.querySelector('[data-act="out"]').disabled = !zoomed;
    this.root.querySelector('[data-act="reset"]').disabled = !zoomed;
    this.root.querySelector('[data-act="in"]').disabled = view.zoom >= view.limit;
  }

  // The words along the edges keep to the part of the map that is in view.
  placeAxes() {
    const { x, y, cell, width, height, grid } = this.view;
    const outside = (start, length, room) => [Math.max(0, start), Math.max(0, room - start - length)];
    const [left, right] = outside(x, cell * grid.nx, width);
    const [top, bottom] = outside(y, cell * grid.ny, height);
    for (const [name, start, end] of [["across", left, right], ["up", bottom, top]]) {
      this.part(name).style.setProperty("--start", `${Math.round(start)}px`);
      this.part(name).style.setProperty("--end", `${Math.round(end)}px`);
    }
  }

  choose(cell) {
    const row = this.grid.row[cell];
    this.mark({ selected: cell });
    this.pick("pick", { cell, item: row < 0 ? null : this.grid.cells.item[row] });
  }

  reset() {
    this.view.reset();
    this.hideTip();
    this.redraw();
  }

  zoom(factor, x = this.view.width / 2, y = this.view.height / 2) {
    const changed = this.view.zoomAbout(x, y, factor);
    if (changed) {
      this.marks.hovered = -1;
      this.redraw();
    }
    this.hideTip();
    return changed;
  }

  tool(act) {
    if (act === "in") this.zoom(STEP);
    else if (act === "out") this.zoom(1 / STEP);
    else if (act === "reset") this.reset();
  }

  focused() {
    if (!this.canvas.matches(":focus-visible")) return;
    const start = this.marks.selected >= 0 ? this.marks.selected : this.grid.cells.index[0] ?? 0;
    this.focusOn(this.lastFocused < this.grid.size ? this.lastFocused : start);
  }

  focusOn(cell) {
    this.lastFocused = cell;
    if (this.view.reveal(cell)) this.redraw();
    this.mark({ focused: cell });
    this.part("live").textContent = `${this.grid.place(cell)}, ${this.grid.contents(cell)}`;
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = ARROWS[event.key];
    if (step) this.step(step);
    else if ((event.key === "Enter" || event.key === " ") && this.marks.focused >= 0) {
      if (!event.repeat) this.choose(this.marks.focused);
    } else if (event.key === "+" || event.key === "=") this.zoomOnFocus(STEP);
    else if (event.key === "-" || event.key === "_") this.zoomOnFocus(1 / STEP);
    else if (event.key === "0") this.reset();
    else return;
    event.preventDefault();
  }

  step([right, up]) {
    const from = this.marks.focused;
    if (from < 0) return this.focusOn(this.lastFocused ?? Math.max(0, this.marks.selected));
    const to = this.grid.cell(this.grid.column(from) + right, this.grid.height(from) + up);
    if (to >= 0) this.focusOn(to);
    return undefined;
  }

  zoomOnFocus(factor) {
    const { x, y, size } = this.marks.focused < 0 ? { x: this.view.width / 2, y: this.view.height / 2, size: 0 }
      : this.view.box(this.marks.focused);
    this.zoom(factor, x + size / 2, y + size / 2);
    if (this.marks.focused >= 0 && this.view.reveal(this.marks.focused)) this.redraw();
  }
}

export default function (component) {
  const { data, parentElement: host, setTriggerValue } = component;
  const root = host.querySelector(".map");
  if (host.map?.root !== root || host.map.name !== data.name) { // another map may get the same element
    host.map?.close();
    host.map = new ArchiveMap(root, data.name);
  }
  const { map } = host;
  const call = (map.calls = (map.calls ?? 0) + 1);
  map.receive(data, setTriggerValue);
  return () => {
    if (map.calls !== call) return; // an overtaken call ends, not the map
    map.close();
    if (host.map === map) delete host.map;
  };
}
