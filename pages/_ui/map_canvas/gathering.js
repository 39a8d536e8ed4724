// Selecting several cells: by box, by lasso, one by one. Items are told by position, empty cells by number.

const gathering = {
  // Adds to what is selected, or takes its place.
  gatherInside(rope, adding) {
    this.mark({ rope: null });
    if (!rope || rope.length < 3) return;
    const outline = rope.map(([x, y]) => this.view.place(x, y));
    const inside = cellsInside(this.sheet.layout, outline);
    if (!adding) this.picked = { items: new Set(), cells: new Set() };
    for (const cell of inside) this.put(cell);
    this.gathered();
  },

  put(cell) {
    const row = this.filling.row[cell];
    if (row < 0 && this.data.aimable) this.picked.cells.add(cell);
    else if (row < 0) return; // cells of another map would mean other places
    else if (!this.filling.faint(cell)) this.picked.items.add(this.sheet.position(row));
  },

  gatherOne(cell) {
    const row = this.filling.row[cell];
    const [set, value] = row < 0 ? [this.picked.cells, cell] : [this.picked.items, this.sheet.position(row)];
    if (!set.delete(value)) this.put(cell);
    this.gathered();
  },

  gatherNone() {
    this.anchor = undefined;
    this.mark({ rope: null });
    if (!this.picked.items.size && !this.picked.cells.size) return;
    this.picked = { items: new Set(), cells: new Set() };
    this.gathered();
  },

  gathered() {
    const { items, cells } = this.picked;
    this.mark({ gathered: this.gatheredCells() });
    this.say(`${items.size} ${items.size === 1 ? "item" : "items"} and ${cells.size} empty ${cells.size === 1 ? "cell" : "cells"} selected`);
    this.tell("gather", { positions: [...items], cells: [...cells] });
  },

  // Where the selected items are on this map now, and the selected empty cells.
  gatheredCells() {
    const { items, cells } = this.picked;
    const empty = this.data.aimable ? [...cells] : [];
    const found = new Set(empty.filter((cell) => cell < this.sheet.layout.size && this.filling.row[cell] < 0));
    for (const position of items) {
      const row = this.sheet.at(position);
      if (row >= 0 && row < this.until) found.add(this.sheet.cells[row]);
    }
    return found;
  },
};

// Cells with their middle inside a closed line of [x, y] points.
function cellsInside(layout, outline) {
  const [xs, ys] = [0, 1].map((at) => outline.map((point) => point[at]));
  const frame = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
  return layout.within(frame).filter((cell) => inside(layout.middle(cell), outline));
}

// Whether a ray to the right crosses the line an odd number of times.
function inside([x, y], outline) {
  let odd = false;
  let [fromX, fromY] = outline.at(-1);
  for (const [toX, toY] of outline) {
    if (toY > y !== fromY > y && x < ((fromX - toX) * (y - toY)) / (fromY - toY) + toX) odd = !odd;
    [fromX, fromY] = [toX, toY];
  }
  return odd;
}

Object.defineProperties(ArchiveMap.prototype, Object.getOwnPropertyDescriptors(gathering));
