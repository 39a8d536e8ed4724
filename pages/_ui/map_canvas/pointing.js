// Mouse, pen and fingers on the map: hover, click, drag, box, lasso, wheel and pinch.

const STILL = 5; // a pointer that moved less than this many pixels has clicked

const pointing = {
  spot(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  },

  // At the limits the wheel belongs to the page again.
  wheeled(event) {
    const { x, y } = this.spot(event);
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 32 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0016; // a pinch on a touchpad arrives as a wheel with Ctrl
    if (this.zoom(Math.exp(-event.deltaY * lines * speed), x, y) || event.ctrlKey) event.preventDefault();
  },

  pointerDown(event) {
    if (event.button !== 0) return;
    const spot = this.spot(event);
    this.pointers.set(event.pointerId, spot);
    const shape = this.mode !== "move" ? this.mode : event.shiftKey ? "box" : "";
    const adding = event.shiftKey || event.ctrlKey || event.metaKey;
    if (this.pointers.size === 1) this.gesture = { from: spot, moved: false, shape, adding };
    else Object.assign(this.gesture, { moved: true, shape: "" });
    this.canvas.setPointerCapture(event.pointerId);
    if (this.view.zoom > 1) this.hideTip();
  },

  pointerMoved(event) {
    const spot = this.spot(event);
    const last = this.pointers.get(event.pointerId);
    if (!last) return void (event.pointerType !== "touch" && this.hover(spot));
    const { gesture } = this;
    if (this.pointers.size === 2) this.pinch(event.pointerId, last, spot);
    else if (gesture.moved || Math.hypot(spot.x - gesture.from.x, spot.y - gesture.from.y) >= STILL) {
      gesture.moved = true;
      this.hideTip();
      if (gesture.shape) this.draw(gesture, spot);
      else this.drag(spot.x - last.x, spot.y - last.y);
    }
    if (gesture.moved) this.pointers.set(event.pointerId, spot);
  },

  drag(dx, dy) {
    this.canvas.classList.add("dragging");
    this.view.pan(dx, dy);
    this.marks.hovered = -1;
    this.hurry();
  },

  draw(gesture, { x, y }) {
    const { from } = gesture;
    if (gesture.shape === "lasso") gesture.rope = [...(gesture.rope ?? [[from.x, from.y]]), [x, y]];
    else gesture.rope = [[from.x, from.y], [x, from.y], [x, y], [from.x, y]];
    this.mark({ rope: gesture.rope, hovered: -1 });
  },

  pinch(id, last, spot) {
    const [, other] = [...this.pointers].find(([key]) => key !== id);
    const apart = (point) => Math.max(10, Math.hypot(point.x - other.x, point.y - other.y));
    this.mark({ rope: null });
    this.view.pan((spot.x - last.x) / 2, (spot.y - last.y) / 2);
    this.zoom(apart(spot) / apart(last), (spot.x + other.x) / 2, (spot.y + other.y) / 2);
    this.hurry();
  },

  pointerUp(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.pointers.size) return;
    this.canvas.classList.remove("dragging");
    const { gesture } = this;
    if (gesture.moved) return void (gesture.shape && this.gatherInside(gesture.rope, gesture.adding));
    this.clickedAt(this.spot(event), event);
  },

  clickedAt({ x, y }, event) {
    const cell = this.view.at(x, y);
    const again = cell === this.clicked?.cell && event.timeStamp - this.clicked.time < 500; // of a double click
    this.clicked = { cell, time: event.timeStamp };
    if (cell < 0) return;
    this.lastFocused = cell;
    if (event.shiftKey || event.ctrlKey || event.metaKey) this.gatherOne(cell);
    else if (!again) this.choose(cell);
  },

  pointerLost(event) {
    this.pointers.delete(event.pointerId);
    this.canvas.classList.remove("dragging");
    this.mark({ rope: null });
  },

  pointerLeft() {
    if (this.pointers.size) return;
    this.mark({ hovered: -1 });
    this.echoAll(-1);
    this.hideTip();
  },

  hover({ x, y }) {
    const cell = this.view.at(x, y);
    if (cell !== this.marks.hovered) {
      this.mark({ hovered: cell });
      this.echoAll(cell < 0 ? -1 : this.filling.row[cell]);
      if (cell >= 0) this.fillTip(cell);
    }
    if (cell < 0) this.hideTip();
    else this.placeTip(x, y);
  },

  echoAll(row) {
    const position = row < 0 ? -1 : this.sheet.position(row);
    for (const other of this.others()) other.echo(position);
  },

  fillTip(cell) {
    const row = this.filling.row[cell];
    const address = row < 0 || !this.data.pictures ? "" : this.address(row, 256);
    const image = this.part("tip-image");
    this.part("tip").classList.toggle("pictured", address !== "");
    image.removeAttribute("src"); // else the last cell's picture stays until this one is here
    if (address) image.src = address;
    const contents = this.filling.contents(cell, this.tones);
    this.part("tip-title").textContent = contents[0].toUpperCase() + contents.slice(1);
    const place = this.sheet.layout.place(cell);
    const empty = row < 0 && this.data.aimable ? " — click to aim here" : "";
    this.part("tip-text").textContent = row < 0 ? place + empty : `item ${this.sheet.position(row) + 1}, ${place}`;
  },

  placeTip(x, y) {
    const tip = this.part("tip");
    tip.style.display = "block";
    const [width, height] = [tip.offsetWidth, tip.offsetHeight];
    const left = x + 16 + width > this.view.width ? x - 16 - width : x + 16;
    const top = Math.min(Math.max(y + 16, 0), Math.max(0, this.view.height - height));
    tip.style.transform = `translate(${Math.round(Math.max(0, left))}px, ${Math.round(top)}px)`;
  },

  hideTip() {
    this.part("tip").style.display = "none";
  },

  // The small map moves the view to where it is pressed.
  listenSmall(signal) {
    const small = this.part("small");
    const go = (event) => {
      if (event.type === "pointermove" && !event.buttons) return;
      const { left, top, width, height } = small.getBoundingClientRect();
      this.view.centreOn([(event.clientX - left) / width, (event.clientY - top) / height]);
      this.hurry();
    };
    small.addEventListener("pointerdown", (event) => {
      small.setPointerCapture(event.pointerId);
      go(event);
    }, { signal });
    small.addEventListener("pointermove", go, { signal });
  },
};

Object.defineProperties(ArchiveMap.prototype, Object.getOwnPropertyDescriptors(pointing));
