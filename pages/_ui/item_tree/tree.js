// The family tree: buttons in rows, lines behind them. Arrow keys move between items, Enter opens one.

const NEAR = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

class Tree {
  constructor(root) {
    this.root = root;
    this.resizing = new ResizeObserver(() => this.lines());
    this.resizing.observe(root);
    root.addEventListener("click", (event) => this.chosen(event.target.closest("button")));
    root.addEventListener("keydown", (event) => this.moved(event));
  }

  close() {
    this.resizing.disconnect();
  }

  receive(data, send) {
    this.send = send;
    const same = JSON.stringify(data);
    if (same === this.same) return;
    this.same = same;
    this.data = data;
    this.buttons = new Map();
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.rows = data.levels.map((level) => level.map((node) => this.button(node)));
    this.root.replaceChildren(this.svg, ...this.rows.map((row) => {
      const level = document.createElement("div");
      level.className = "level";
      level.append(...row);
      return level;
    }));
    this.lines();
  }

  button(node) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.id = node.id;
    button.setAttribute("aria-label", node.alt);
    button.title = node.alt;
    if (node.id === this.data.own) button.setAttribute("aria-current", "true");
    const shown = document.createElement(node.url ? "img" : "span");
    if (node.url) Object.assign(shown, { src: node.url, alt: "" });
    else Object.assign(shown, { className: "words", textContent: node.text });
    button.append(shown, String(node.number));
    this.buttons.set(node.id, button);
    return button;
  }

  lines() {
    if (!this.data) return;
    const at = this.root.getBoundingClientRect();
    this.svg.replaceChildren(...this.data.edges.map(([parent, child]) => {
      const [from, to] = [parent, child].map((id) => this.buttons.get(id).getBoundingClientRect());
      const [x0, y0, x1, y1] = [(from.left + from.right) / 2 - at.left, from.bottom - at.top, (to.left + to.right) / 2 - at.left, to.top - at.top];
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", `M${x0},${y0} C${x0},${(y0 + y1) / 2} ${x1},${(y0 + y1) / 2} ${x1},${y1}`);
      return path;
    }));
  }

  chosen(button) {
    if (button && button.dataset.id !== this.data.own) this.send("open", button.dataset.id);
  }

  moved(event) {
    const step = NEAR[event.key];
    const row = this.rows.findIndex((level) => level.includes(event.target));
    if (!step || row < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const level = this.rows[row + step[0]];
    if (!level) return;
    const place = this.rows[row].indexOf(event.target);
    level[Math.max(0, Math.min(level.length - 1, place + step[1]))].focus();
  }
}

export default function (component) {
  const { data, parentElement: host, setTriggerValue } = component;
  const root = host.querySelector(".tree");
  if (host.tree?.root !== root) {
    host.tree?.close();
    host.tree = new Tree(root);
  }
  const { tree } = host;
  const call = (tree.calls = (tree.calls ?? 0) + 1);
  tree.receive(data, setTriggerValue);
  return () => {
    if (tree.calls !== call) return; // an overtaken call ends, not the tree
    tree.close();
    if (host.tree === tree) delete host.tree;
  };
}
