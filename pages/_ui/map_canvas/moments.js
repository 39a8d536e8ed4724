// The time slider: the map as it was when only so many items were made. And the view in the page's address.

const REPLAY_MS = 8000; // from nothing to everything
const SETTLED_MS = 300;

const moments = {
  listenTime(signal) {
    this.part("until").addEventListener("change", () => this.tellMoment(), { signal });
    this.part("until").addEventListener("input", ({ target }) => {
      this.stopPlaying();
      this.goTo(Number(target.value));
    }, { signal });
  },

  goTo(until) {
    this.until = Math.max(1, Math.min(this.sheet.items, Math.round(until)));
    this.hideTip();
    this.fillCells();
  },

  // The page may have other axes for this moment.
  tellMoment() {
    if (this.data.follows) this.send("moment", { position: this.sheet.position(this.until - 1) });
  },

  showTime() {
    const { items } = this.sheet;
    const slider = this.part("until");
    Object.assign(slider, { min: 1, max: items });
    slider.value = this.until;
    const all = this.until === items;
    const words = all ? `all ${items.toLocaleString("en")} items` : `first ${this.until.toLocaleString("en")} of ${items.toLocaleString("en")}`;
    this.part("moment").textContent = `${words}, ${this.filling.filled.toLocaleString("en")} cells`;
    slider.setAttribute("aria-valuetext", words);
  },

  play() {
    if (this.playing) {
      this.stopPlaying();
      return this.tellMoment();
    }
    const from = this.until === this.sheet.items ? 1 : this.until;
    const start = performance.now();
    const pace = this.sheet.items / REPLAY_MS;
    const next = () => {
      const until = from + (performance.now() - start) * pace;
      this.goTo(until);
      if (until >= this.sheet.items) {
        this.stopPlaying();
        this.tellMoment();
      } else this.playing = requestAnimationFrame(next);
    };
    this.playing = requestAnimationFrame(next);
    return this.showPlaying();
  },

  stopPlaying() {
    cancelAnimationFrame(this.playing);
    this.playing = undefined;
    this.showPlaying();
  },

  showPlaying() {
    const button = this.root.querySelector('[data-act="play"]');
    button.textContent = this.playing ? "Pause" : "Replay";
    button.setAttribute("aria-pressed", String(Boolean(this.playing)));
  },

  // ?…view=zoom,right,down (shares of the map) and ?…until=items
  readAddress() {
    if (!this.data.address) return;
    const said = new URLSearchParams(window.location.search);
    const view = said.get(`${this.data.address}view`)?.split(",").map(Number) ?? [];
    if (view.length === 3 && view.every(Number.isFinite)) this.wantedView = view;
    const until = Number(said.get(`${this.data.address}until`));
    if (until >= 1 && until < this.sheet.items) this.until = Math.round(until);
  },

  noteAddress() {
    if (!this.data.address) return;
    clearTimeout(this.noting);
    this.noting = setTimeout(() => this.writeAddress(), SETTLED_MS);
  },

  writeAddress() {
    const { view, sheet, until, data } = this;
    const here = new URL(window.location.href);
    const view_ = view.zoom > 1 ? [view.zoom, ...view.centre()].map((value) => Number(value.toPrecision(4))).join(",") : null;
    for (const [name, value] of [["view", view_], ["until", until < sheet.items ? until : null]]) {
      if (value === null) here.searchParams.delete(data.address + name);
      else here.searchParams.set(data.address + name, value);
    }
    if (here.href !== window.location.href) window.history.replaceState(window.history.state, "", here);
  },
};

Object.defineProperties(ArchiveMap.prototype, Object.getOwnPropertyDescriptors(moments));
