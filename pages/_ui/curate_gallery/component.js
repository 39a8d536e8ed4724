// The set as tiles. Arrow keys move, letters act at once: the tile shows it before the page has answered.

class Gallery {
  constructor(root, name) {
    this.root = root;
    this.name = name;
    this.at = 0;
    this.sent = 0;
    this.listening = new AbortController();
    const { signal } = this.listening;
    root.addEventListener("keydown", (event) => this.pressed(event), { signal });
    root.addEventListener("click", (event) => this.clicked(event), { signal });
    root.addEventListener("focusin", (event) => this.entered(event), { signal });
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  get tiles() {
    return [...this.root.querySelectorAll(".tile")];
  }

  close() {
    this.listening.abort();
  }

  // Called at each rerun of the page that changed something, and at each change of theme.
  receive(data, act) {
    this.act = act;
    if (data === this.data) return;
    const had = this.root.contains(this.root.getRootNode().activeElement);
    const before = new Set(this.data?.tiles.map((tile) => tile.id));
    const id = this.data?.tiles[this.at]?.id;
    const now = data.tiles.findIndex((tile) => tile.id === id);
    if (now >= 0) this.at = now; // stay with the item, else with the place
    this.data = data;
    this.root.style.setProperty("--tile", `${data.size}px`);
    this.part("tiles").setAttribute("aria-label", data.label);
    this.part("tiles").replaceChildren(...data.tiles.map((tile, at) => this.item(tile, at)));
    this.part("keys").replaceChildren(...this.keys());
    this.at = Math.max(0, Math.min(this.at, data.tiles.length - 1));
    this.rove(had);
    if (before.size) this.tell(data.tiles.filter((tile) => !before.has(tile.id)));
  }

  tell(fresh) {
    const words = fresh.map((tile) => `${tile.alt}, ${tile.reason}`);
    this.part("live").textContent = words.length && words.length <= 2 ? `New in the set: ${words.join("; ")}` : "";
  }

  keys() {
    if (!this.data.actions.length || !this.data.tiles.length) return [];
    const parts = ["Arrow keys move"];
    for (const action of this.data.actions) {
      const key = document.createElement("kbd");
      key.textContent = action.key === "Enter" ? "Enter" : action.key.toUpperCase();
      parts.push(" · ", key, ` ${action.label.toLowerCase()}`);
    }
    return parts;
  }

  item(tile, at) {
    const item = document.createElement("li");
    const body = document.createElement("div");
    body.className = tile.pinned ? "tile pinned" : "tile";
    body.dataset.at = at;
    body.setAttribute("role", "group");
    body.setAttribute("aria-label", `${tile.alt}. ${tile.reason}`);
    const why = document.createElement("span");
    why.className = "why";
    why.textContent = tile.reason;
    const acts = document.createElement("div");
    acts.className = "acts";
    acts.append(...this.data.actions.map((action) => this.button(action, tile)));
    body.append(this.content(tile), why, ...(this.data.actions.length ? [acts] : []));
    item.append(body);
    return item;
  }

  content(tile) {
    if (tile.text !== null) {
      const quote = document.createElement("blockquote");
      quote.textContent = tile.text;
      return quote;
    }
    const image = document.createElement("img");
    image.loading = "lazy";
    image.decoding = "async";
    image.src = tile.src;
    image.alt = tile.alt;
    return image;
  }

  button(action, tile) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.do = action.do;
    button.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path></path></svg>';
    button.querySelector("path").setAttribute("d", action.icon);
    button.title = `${action.label} (${action.key === "Enter" ? "Enter" : action.key.toUpperCase()})`;
    button.setAttribute("aria-label", `${action.label}: ${tile.alt}`);
    if (action.do === "pin") button.setAttribute("aria-pressed", String(tile.pinned));
    return button;
  }

  // One tile and its buttons can be reached by Tab; arrow keys change which.
  rove(focus) {
    this.tiles.forEach((tile, at) => {
      const here = at === this.at;
      tile.tabIndex = here ? 0 : -1;
      tile.querySelectorAll("button").forEach((button) => { button.tabIndex = here ? 0 : -1; });
      if (here && focus) tile.focus({ preventScroll: false });
    });
  }

  entered(event) {
    const tile = event.target.closest(".tile");
    if (!tile || Number(tile.dataset.at) === this.at) return;
    this.at = Number(tile.dataset.at);
    this.rove(false);
  }

  columns() {
    const tops = this.tiles.map((tile) => tile.offsetTop);
    const first = tops.findIndex((top) => top !== tops[0]);
    return first < 0 ? tops.length : first;
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.data?.tiles.length) return;
    const last = this.data.tiles.length - 1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns(), ArrowDown: this.columns() };
    const jumps = { Home: 0, End: last };
    if (event.key in steps || event.key in jumps) {
      const to = event.key in steps ? this.at + steps[event.key] : jumps[event.key];
      if (to >= 0 && to <= last) {
        this.at = to;
        this.rove(true);
      }
      event.preventDefault();
      return;
    }
    if (event.key === "Enter" && event.target.closest("button")) return; // presses the button
    const action = this.data.actions.find((each) => each.key.toLowerCase() === event.key.toLowerCase());
    if (!action || event.repeat) return;
    this.do(action.do, this.at);
    event.preventDefault();
  }

  clicked(event) {
    const tile = event.target.closest(".tile");
    if (!tile) return;
    const button = event.target.closest("button");
    const open = this.data.actions.some((each) => each.do === "open");
    if (button) this.do(button.dataset.do, Number(tile.dataset.at));
    else if (open && event.target.closest("img")) this.do("open", Number(tile.dataset.at));
  }

  do(what, at) {
    const tile = this.data.tiles[at];
    const element = this.tiles[at];
    if (!tile || element.classList.contains("going")) return;
    if (what === "pin") {
      tile.pinned = !tile.pinned;
      element.classList.toggle("pinned", tile.pinned);
      element.querySelector('[data-do="pin"]')?.setAttribute("aria-pressed", String(tile.pinned));
    } else if (what !== "open") element.classList.add("going");
    this.sent += 1;
    this.act("act", { item: tile.id, do: what, n: this.sent });
  }
}

export default function (component) {
  const { data, parentElement: host, setTriggerValue } = component;
  const root = host.querySelector(".gallery");
  if (host.gallery?.root !== root || host.gallery.name !== data.name) { // another set may get the same element
    host.gallery?.close();
    host.gallery = new Gallery(root, data.name);
  }
  const { gallery } = host;
  const call = (gallery.calls = (gallery.calls ?? 0) + 1);
  gallery.receive(data, setTriggerValue);
  return () => {
    if (gallery.calls !== call) return; // an overtaken call ends, not the gallery
    gallery.close();
    if (host.gallery === gallery) delete host.gallery;
  };
}
