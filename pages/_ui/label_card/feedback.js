// Beside the card: how it goes, and a small map that shows what the last answers moved. It never shows the question's
// items: what the map thinks of them must not lead the answer.

const MOST_SHOWN = 6; // longest moves that are drawn as lines

const feedback = {
  showFeedback(told) {
    const side = this.part("side");
    side.hidden = !told;
    const stamp = JSON.stringify(told ?? null);
    if (!told || stamp === this.told) return;
    this.told = stamp;
    this.part("lines").replaceChildren(...told.lines.map(({ text, kind }) => {
      const line = document.createElement("li");
      line.textContent = text;
      line.dataset.kind = kind;
      return line;
    }));
    this.part("map").hidden = !told.points.length;
    this.part("map-caption").textContent = told.caption;
    this.part("map").setAttribute("aria-label", `${told.points.length} items on the map. ${told.caption}`);
    if (told.points.length) this.drawMap(told.points);
  },

  // Points are [x, y, x before, y before], from the lower left; the map shows the part of it where they lie.
  drawMap(points) {
    const canvas = this.part("map");
    const ink = getComputedStyle(canvas);
    const size = canvas.width;
    const [low, high] = [Math.min, Math.max].map((edge) => [0, 1].map((axis) => {
      return edge(...points.flatMap((point) => [point[axis], point[axis + 2]]));
    }));
    const middle = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
    const scale = (0.9 * size) / Math.max(high[0] - low[0], high[1] - low[1], 0.05);
    const at = (x, y) => [size / 2 + (x - middle[0]) * scale, size / 2 - (y - middle[1]) * scale];
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, size, size);
    const moves = points.map(([x, y, bx, by]) => Math.hypot(x - bx, y - by));
    const least = [...moves].sort((a, b) => b - a)[MOST_SHOWN - 1] ?? 0;
    pen.lineCap = "round";
    points.forEach(([x, y, bx, by], number) => {
      const moved = moves[number] >= least && moves[number] > 0.02;
      const [px, py] = at(x, y);
      pen.globalAlpha = moved ? 1 : 0.6;
      pen.fillStyle = pen.strokeStyle = moved ? ink.getPropertyValue("--mark") : ink.color;
      if (moved) {
        pen.lineWidth = size / 70;
        pen.beginPath();
        pen.moveTo(...at(bx, by));
        pen.lineTo(px, py);
        pen.stroke();
      }
      pen.beginPath();
      pen.arc(px, py, size / (moved ? 36 : 56), 0, 7);
      pen.fill();
    });
  },
};

Object.defineProperties(Card.prototype, Object.getOwnPropertyDescriptors(feedback));
