// The map: the parts put together, what arrives from the page, and what goes back.

const STEP = 1.5; // one press of + or −
const CALM_MS = 150;
const FURNITURE = 240; // pixels in height beside the map itself: tools, strips, the slider
const UNITS = { quality: "quality", age: "made", count: "items here", uncertainty: "uncertain by, in cells", group: "asked by", source: "came from" };

class ArchiveMap {
  constructor(root, name) {
    this.root = root;
    this.name = name;
    this.canvas = this.part("canvas");
    this.view = new View();
    this.pictures = new Pictures(() => this.redraw());
    this.painter = new Painter(this.canvas, this.pictures);
    this.marker = new Marks(this.part("marks"), this.part("small"), this.painter);
    this.marks = { hovered: -1, selected: -1, focused: -1, echo: -1, gathered: new Set(), targets: new Set(), rope: null };
    this.pointers = new Map();
    this.mode = "move";
    this.stamps = { gather: 0, aim: 0 };
    this.listening = new AbortController();
    this.listen();
    peers().add(this);
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
    on("dblclick", () => this.mode === "move" && this.reset());
    on("keydown", this.pressed);
    on("keyup", this.released);
    on("focus", this.focused);
    on("blur", () => this.mark({ focused: -1 }));
    const click = (event) => this.tool(event.target.closest("button")?.dataset);
    this.root.addEventListener("click", click, { signal });
    this.listenSmall(signal);
    this.listenTime(signal);
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(this.part("sheet"));
  }

  close() {
    this.listening.abort();
    this.resizing.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.noting);
    clearTimeout(this.calming);
    this.stopPlaying();
    this.pictures.forget(Infinity);
    peers().delete(this);
  }

  // Called at each rerun of the page that changed something, and at each change of theme.
  receive(data, send) {
    this.send = send;
    this.coming = data;
    if (data !== this.data) this.take(data); // a change of theme alone brings the same object
    this.painter.readTheme(this.root);
    this.resize();
  }

  // What is large comes by itself, before or after.
  arrived(key) {
    if (this.coming?.shelf !== key) return;
    this.take(this.coming);
    this.resize();
  }

  take(data) {
    const bulk = window.qdhfShelf?.get(data.shelf);
    if (!bulk) return;
    const before = this.data;
    this.data = data;
    const same = data.shelf === before?.shelf && data.passing === before?.passing;
    if (data.shelf !== before?.shelf) this.takeSheet(bulk);
    this.passes = data.passing && decoded(data.passing, Uint8Array);
    this.pictures.from(data.pictures);
    if (!before) this.readAddress();
    this.adopt("aim", data.targets, (said) => (this.marks.targets = new Set(data.aimable ? said.cells : [])));
    this.adopt("gather", data.gathered, (said) => (this.picked = { items: new Set(said.positions), cells: new Set(said.cells) }));
    if (!before || data.selected !== before.selected) this.opened = data.selected;
    this.hideTip();
    if (same) this.placeMarks();
    else this.fillCells();
    this.describe();
    this.drawStrips(data.strips);
  }

  takeSheet({ sheet, colours }) {
    const before = this.sheet;
    this.sheet = new Sheet(sheet);
    this.tones = new Tones(this.sheet, this.data.by, colours);
    const { layout, items } = this.sheet;
    this.until = !before || this.until === before.items ? items : Math.min(this.until, items);
    if (before?.layout.size === layout.size && before.layout.nx === layout.nx) return;
    Object.assign(this.marks, { focused: -1, hovered: -1, echo: -1 });
    this.lastFocused = undefined;
  }

  // What the page says holds once it has heard what was last done here.
  adopt(what, said, take) {
    if (said.stamp < this.stamps[what]) return;
    this.stamps[what] = said.stamp;
    take(said);
  }

  tell(what, words) {
    this.stamps[what] += 1;
    this.send(what, { ...words, stamp: this.stamps[what] });
  }

  fillCells() {
    this.filling = new Filling(this.sheet, this.until, this.passes);
    this.paints = this.filling.paints(this.tones);
    this.painter.show(this.filling, this.paints);
    this.placeMarks();
    this.showTime();
    this.redraw();
  }

  placeMarks() {
    this.mark({ selected: this.cellOf(this.opened), hovered: -1, gathered: this.gatheredCells() });
  }

  describe() {
    const { data, sheet, filling, tones } = this;
    this.part("axis-0").textContent = data.axis_names[0];
    this.part("axis-1").textContent = data.axis_names[1];
    this.drawLegend(tones);
    this.part("key-target").hidden = this.marks.targets.size === 0;
    this.root.querySelectorAll("[data-mode]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.mode === this.mode)));
    this.canvas.classList.toggle("gathering", this.mode !== "move");
    this.canvas.setAttribute("aria-label",
      `${data.title || "Map"}: ${sheet.layout.words()}; ${data.axis_names[0]} to the right, ${data.axis_names[1]} up. `
      + `${filling.filled} of ${sheet.layout.size} cells filled. Arrow keys move, Enter opens, T aims at an empty cell, `
      + "S selects, Shift with arrows selects a block, Escape ends the selection, plus and minus zoom, 0 shows all.");
  }

  drawLegend(tones) {
    const kinds = tones.names.length > 0;
    this.part("legend-name").textContent = UNITS[tones.by];
    const ends = tones.by === "age" ? ["first", "last"] : tones.by === "count" ? ["1", String(this.filling.most)]
      : [tones.low, tones.high].map((value) => (Number.isFinite(value) ? value.toFixed(2) : "?"));
    this.part("ramp").hidden = kinds;
    this.part("ramp").style.setProperty("--ramp", `linear-gradient(90deg, ${VIRIDIS.join(", ")})`);
    this.part("legend-low").textContent = kinds ? "" : ends[0];
    this.part("legend-high").textContent = kinds ? "" : ends[1];
    const swatch = (name, color) => {
      const item = document.createElement("li");
      item.textContent = name;
      item.style.setProperty("--swatch", color);
      return item;
    };
    const unknown = kinds && tones.values.some((value) => value < 0) ? [swatch("nobody yet", CSS[UNKNOWN])] : [];
    this.part("kinds").replaceChildren(...tones.names.map((name, n) => swatch(name, CSS[kind(n)])), ...unknown);
  }

  drawStrips(strips) {
    const wanted = JSON.stringify([strips, this.data.pictures]);
    if (wanted === this.stripsDrawn) return;
    this.stripsDrawn = wanted;
    strips.forEach((rows, axis) => {
      const made = rows.map((row, n) => {
        const button = Object.assign(document.createElement("button"), { type: "button" });
        button.dataset.open = row;
        button.setAttribute("aria-label", `Example ${n + 1} of ${rows.length} along ${this.data.axis_names[axis]}`);
        if (this.data.pictures) button.append(Object.assign(new Image(), { src: this.address(row, 128), alt: "", loading: "lazy" }));
        else button.textContent = n + 1;
        return button;
      });
      this.part(`strip-${axis}`).replaceChildren(...made);
    });
  }

  address(row, size) {
    return `${this.data.pictures}${size}/${this.sheet.position(row)}`;
  }

  resize() {
    const tall = Math.min(this.coming.height, this.root.clientWidth + FURNITURE); // on a phone a square is enough
    this.root.style.setProperty("--height", `${tall}px`);
    const { clientWidth, clientHeight } = this.part("sheet");
    if (!this.sheet || !clientWidth || !clientHeight) return;
    this.view.fit(clientWidth, clientHeight, this.sheet.layout);
    if (this.wantedView) {
      const [zoom, ...centre] = this.wantedView;
      this.view.zoom = Math.max(1, Math.min(this.view.limit, zoom));
      this.view.centreOn(centre);
      this.wantedView = undefined;
    }
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
      if (!this.view.layout) return;
      if (this.stale) this.drawCells();
      this.marker.draw(this.view, this.marks);
      this.drawn = (this.drawn ?? 0) + 1;
    });
  }

  drawCells() {
    const { view } = this;
    this.stale = false;
    this.painter.draw(view, this.moving);
    this.marker.drawSmall(view, this.filling, this.paints);
    this.placeAxes();
    const zoomed = view.zoom > 1;
    this.canvas.classList.toggle("zoomed", zoomed);
    this.root.querySelector('[data-act="out"]').disabled = !zoomed;
    this.root.querySelector('[data-act="reset"]').disabled = !zoomed;
    this.root.querySelector('[data-act="in"]').disabled = view.zoom >= view.limit;
    this.noteAddress();
  }

  // The words along the edges keep to the part of the map that is in view.
  placeAxes() {
    const { x, y, cell, width, height, layout } = this.view;
    const outside = (start, length, room) => [Math.max(0, start), Math.max(0, room - start - length)];
    const [left, right] = outside(x, cell * layout.nx, width);
    const [top, bottom] = outside(y, cell * layout.ny, height);
    for (const [name, start, end] of [["across", left, right], ["up", bottom, top], ["strip-0", left, right], ["strip-1", bottom, top]]) {
      this.part(name).style.setProperty("--start", `${Math.round(start)}px`);
      this.part(name).style.setProperty("--end", `${Math.round(end)}px`);
    }
  }

  // A filled cell opens its item; an empty one becomes a target, or stops being one.
  choose(cell) {
    const row = this.filling.row[cell];
    if (row < 0) return this.aimAt(cell);
    return this.open(row);
  }

  open(row) {
    const position = this.sheet.position(row);
    for (const map of [this, ...this.others()]) map.follow(position);
    const send = window.qdhfEars?.get(this.data.link) ?? this.send;
    send("pick", { cell: this.sheet.cells[row], position });
  }

  // The cell of the item at a position of the study; −1 where there is none here.
  cellOf(position) {
    const row = position >= 0 ? this.sheet.at(position) : -1;
    return row < 0 ? -1 : this.sheet.cells[row];
  }

  aimAt(cell) {
    if (this.filling.row[cell] >= 0) return this.say("Only empty cells are targets.");
    if (!this.data.aimable) return this.say("Runs aim at the latest map of everyone. Show that one to choose targets.");
    const { targets } = this.marks;
    if (!targets.delete(cell)) targets.add(cell);
    this.say(`${this.sheet.layout.place(cell)}: ${targets.has(cell) ? "targeted" : "no target any more"}`);
    this.mark({ targets });
    this.describe();
    return this.tell("aim", { cells: [...targets] });
  }

  say(words) {
    this.part("live").textContent = words;
  }

  others() {
    return [...peers()].filter((map) => map !== this && map.sheet && map.data.link === this.data.link);
  }

  // The item that is open, here and on the maps beside.
  follow(position) {
    this.opened = position;
    this.mark({ selected: this.cellOf(position) });
  }

  // The item that is under the pointer on a map beside.
  echo(position) {
    this.mark({ echo: this.cellOf(position) });
  }

  reset() {
    this.view.reset();
    this.hideTip();
    this.redraw();
  }

  // While the view moves, crowded cells are drawn at once; a moment later, in full.
  hurry() {
    this.moving = true;
    clearTimeout(this.calming);
    this.calming = setTimeout(() => {
      this.moving = false;
      this.redraw();
    }, CALM_MS);
    this.redraw();
  }

  zoom(factor, x = this.view.width / 2, y = this.view.height / 2) {
    const changed = this.view.zoomAbout(x, y, factor);
    if (changed) {
      this.marks.hovered = -1;
      this.hurry();
    }
    this.hideTip();
    return changed;
  }

  tool({ act, mode, open } = {}) {
    if (act === "in") this.zoom(STEP);
    else if (act === "out") this.zoom(1 / STEP);
    else if (act === "reset") this.reset();
    else if (act === "play") this.play();
    else if (open) this.open(Number(open));
    else if (mode) {
      this.mode = mode;
      this.describe();
    }
  }
}

function peers() {
  return (window.qdhfMaps ??= new Set());
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
