// Panes that show the same part of every picture: one zoom, one place. Texts share their size and how far they are read.

const STEP = 1.25, MOST = 32, LETTERS = 3, MOVE = 0.12;

class Compare {
  constructor(root) {
    this.root = root;
    this.panes = root.querySelector(".panes");
    this.pointers = new Map();
    this.view = { zoom: 1, x: 0.5, y: 0.5 };
    root.addEventListener("keydown", (event) => this.pressed(event));
    root.querySelector(".tools").addEventListener("click", (event) => this.act(event.target.closest("button")?.dataset.act));
    this.panes.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
      this.panes.addEventListener(type, (event) => this[type](event));
    }
    this.panes.addEventListener("scroll", (event) => this.read(event.target), true);
  }

  receive(data) {
    const same = JSON.stringify(data);
    if (same === this.same) return;
    this.same = same;
    this.root.style.setProperty("--columns", data.panes.length === 4 ? 2 : Math.max(1, data.panes.length));
    this.root.style.setProperty("--rows", data.panes.length === 4 ? 2 : 1);
    this.root.classList.toggle("reading", data.panes.every((pane) => !pane.url));
    this.root.style.setProperty("--shape", Math.min(3, Math.max(1 / 3, data.shape)));
    this.panes.replaceChildren(...data.panes.map((pane) => this.figure(pane)));
    this.set({ zoom: 1, x: 0.5, y: 0.5 });
  }

  figure(pane) {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = pane.name;
    const box = document.createElement("div");
    if (pane.url) {
      box.className = "pane";
      const image = document.createElement("img");
      Object.assign(image, { src: pane.url, alt: pane.alt, draggable: false });
      box.append(image);
    } else {
      Object.assign(box, { className: "text", textContent: pane.text, tabIndex: 0 });
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", pane.name);
    }
    figure.append(box, caption);
    return figure;
  }

  // The middle of every pane shows the place (x, y) of its picture, from 0 to 1.
  set({ zoom, x, y }) {
    zoom = Math.min(MOST, Math.max(1, zoom));
    const within = (value) => Math.min(1 - 0.5 / zoom, Math.max(0.5 / zoom, value));
    this.view = { zoom, x: within(x), y: within(y) };
    const move = `translate(${(0.5 - this.view.x * zoom) * 100}%, ${(0.5 - this.view.y * zoom) * 100}%) scale(${zoom})`;
    for (const image of this.panes.querySelectorAll("img")) image.style.transform = move;
    this.panes.classList.toggle("near", zoom >= 4);
    this.root.style.setProperty("--letters", Math.min(LETTERS, zoom));
    this.root.querySelector(".zoom").textContent = `${Math.round(zoom * 100)} %`;
  }

  zoomBy(factor, px = 0.5, py = 0.5) {
    const { zoom, x, y } = this.view;
    const next = Math.min(MOST, Math.max(1, zoom * factor));
    this.set({ zoom: next, x: x + (px - 0.5) * (1 / zoom - 1 / next), y: y + (py - 0.5) * (1 / zoom - 1 / next) });
  }

  moveBy(dx, dy) {
    const { zoom, x, y } = this.view;
    this.set({ zoom, x: x + dx / zoom, y: y + dy / zoom });
  }

  act(name) {
    if (name === "in") this.zoomBy(STEP);
    if (name === "out") this.zoomBy(1 / STEP);
    if (name === "whole") this.set({ zoom: 1, x: 0.5, y: 0.5 });
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const reading = event.target.closest?.(".text");
    const keys = {
      "+": () => this.zoomBy(STEP), "=": () => this.zoomBy(STEP), "-": () => this.zoomBy(1 / STEP), 0: () => this.act("whole"),
      ...(reading ? {} : {
        ArrowLeft: () => this.moveBy(-MOVE, 0), ArrowRight: () => this.moveBy(MOVE, 0),
        ArrowUp: () => this.moveBy(0, -MOVE), ArrowDown: () => this.moveBy(0, MOVE),
      }),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }

  place(event) {
    const box = event.target.closest(".pane")?.getBoundingClientRect();
    return box && [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, box];
  }

  wheeled(event) {
    const at = this.place(event);
    if (!at) return;
    event.preventDefault();
    this.zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), at[0], at[1]);
  }

  pointerdown(event) {
    const pane = event.target.closest(".pane");
    if (!pane) return;
    pane.setPointerCapture(event.pointerId);
    pane.classList.add("moving");
    this.pointers.set(event.pointerId, event);
  }

  pointermove(event) {
    const before = this.pointers.get(event.pointerId);
    const at = before && this.place(event);
    if (!at) return;
    this.pointers.set(event.pointerId, event);
    const [px, py, box] = at;
    if (this.pointers.size === 1) {
      this.moveBy((before.clientX - event.clientX) / box.width, (before.clientY - event.clientY) / box.height);
      return;
    }
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)[1];
    const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    this.zoomBy(apart(event) / Math.max(1, apart(before)), px, py);
  }

  pointerup(event) {
    this.pointers.delete(event.pointerId);
    event.target.closest(".pane")?.classList.remove("moving");
  }

  pointercancel(event) {
    this.pointerup(event);
  }

  read(box) {
    if (!box.classList?.contains("text") || this.following) return;
    const share = box.scrollTop / Math.max(1, box.scrollHeight - box.clientHeight);
    this.following = true; // what the others say of their move is an echo
    for (const other of this.panes.querySelectorAll(".text")) {
      if (other !== box) other.scrollTop = share * (other.scrollHeight - other.clientHeight);
    }
    requestAnimationFrame(() => requestAnimationFrame(() => (this.following = false)));
  }
}

export default function (component) {
  const { data, parentElement: host } = component;
  const root = host.querySelector(".compare");
  if (host.compare?.root !== root) host.compare = new Compare(root);
  host.compare.receive(data);
}
