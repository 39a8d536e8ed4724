// Mouse, pen and fingers on the map: hover, click, drag, wheel and pinch.

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
    if (this.pointers.size === 1) this.gesture = { from: spot, moved: false };
    else this.gesture.moved = true;
    this.canvas.setPointerCapture(event.pointerId);
    if (this.view.zoom > 1) this.hideTip();
  },

  pointerMoved(event) {
    const spot = this.spot(event);
    const last = this.pointers.get(event.pointerId);
    if (!last) return void (event.pointerType !== "touch" && this.hover(spot));
    if (this.pointers.size === 2) this.pinch(event.pointerId, last, spot);
    else if (this.gesture.moved || Math.hypot(spot.x - this.gesture.from.x, spot.y - this.gesture.from.y) >= STILL) {
      this.gesture.moved = true;
      this.canvas.classList.add("dragging");
      this.view.pan(spot.x - last.x, spot.y - last.y);
      this.marks.hovered = -1;
      this.redraw();
      this.hideTip();
    }
    if (this.gesture.moved) this.pointers.set(event.pointerId, spot);
  },

  pinch(id, last, spot) {
    const [, other] = [...this.pointers].find(([key]) => key !== id);
    const apart = (point) => Math.max(10, Math.hypot(point.x - other.x, point.y - other.y));
    this.view.pan((spot.x - last.x) / 2, (spot.y - last.y) / 2);
    this.zoom(apart(spot) / apart(last), (spot.x + other.x) / 2, (spot.y + other.y) / 2);
    this.redraw();
  },

  pointerUp(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.pointers.size) return;
    this.canvas.classList.remove("dragging");
    if (this.gesture.moved) return;
    const { x, y } = this.spot(event);
    const cell = this.view.at(x, y);
    const again = cell === this.clicked?.cell && event.timeStamp - this.clicked.time < 500; // of a double click
    this.clicked = { cell, time: event.timeStamp };
    if (cell >= 0 && !again) this.choose(cell);
    if (cell >= 0) this.lastFocused = cell;
  },

  pointerLost(event) {
    this.pointers.delete(event.pointerId);
    this.canvas.classList.remove("dragging");
  },

  pointerLeft() {
    if (this.pointers.size) return;
    this.mark({ hovered: -1 });
    this.hideTip();
  },

  hover({ x, y }) {
    const cell = this.view.at(x, y);
    if (cell !== this.marks.hovered) {
      this.mark({ hovered: cell });
      if (cell >= 0) this.fillTip(cell);
    }
    if (cell < 0) this.hideTip();
    else this.placeTip(x, y);
  },

  fillTip(cell) {
    const row = this.grid.row[cell];
    const address = row < 0 ? "" : this.grid.preview(row);
    const image = this.part("tip-image");
    this.part("tip").classList.toggle("pictured", address !== "");
    image.removeAttribute("src"); // else the last cell's picture stays until this one is here
    if (address) image.src = address;
    const contents = this.grid.contents(cell);
    this.part("tip-title").textContent = contents[0].toUpperCase() + contents.slice(1);
    this.part("tip-text").textContent = row < 0 ? `${this.grid.place(cell)} — click to aim here` : this.grid.place(cell);
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
};

Object.defineProperties(ArchiveMap.prototype, Object.getOwnPropertyDescriptors(pointing));
