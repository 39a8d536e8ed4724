// What the archive page shows, frame by frame, seen from outside.

window.witness = { times: [] };
{
  const { witness } = window;
  const map = () => [...(window.qdhfMaps ?? [])].find((each) => each.canvas.isConnected);
  const still = () => map()?.drawn && !map().moving && map().frame === undefined;
  const app = () => document.querySelector('[data-testid="stApp"]');

  // Calls back in the first frame, after one that was painted, in which ``holds``.
  const when = (holds, done) => {
    const look = () => (holds() ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look));
    requestAnimationFrame(look);
  };

  witness.quiet = () => app()?.dataset.testScriptState === "notRunning";

  witness.await_map = () => {
    witness.opened = undefined;
    document.addEventListener("pointerdown", () => {
      const start = performance.now();
      when(() => still() && map().filling.filled > 0, (now) => (witness.opened = now - start));
    }, { once: true, capture: true });
  };

  witness.zoom = (zoom) => {
    map().reset();
    map().zoom(zoom);
  };
  witness.settled = () => still() && map().pictures.pending.size === 0;
  witness.all = () => map().goTo(map().sheet.items);
  witness.cells = () => map().sheet.layout.size;

  let frames, drawn, start, counting = false;
  const count = (now) => {
    if (!counting) return;
    frames.push(now);
    requestAnimationFrame(count);
  };
  witness.start = () => {
    [frames, drawn, start, counting] = [[], map().drawn, performance.now(), true];
    requestAnimationFrame(count);
  };
  // Frames that the browser showed; none counts in which the map was not drawn anew.
  witness.stop = () => {
    counting = false;
    const shown = Math.min(frames.length, map().drawn - drawn);
    return { fps: (1000 * shown) / (performance.now() - start) };
  };

  // Moves the map by events of a mouse as the browser makes them, one with every frame; resolves with frames a second.
  witness.move = (what, frames) => new Promise((done) => {
    const { canvas, view } = map();
    const { left, top } = canvas.getBoundingClientRect();
    const [x, y] = [left + view.width / 2, top + view.height / 2];
    const fire = (Kind, type, more) => canvas.dispatchEvent(new Kind(type, { bubbles: true, cancelable: true, clientX: x, clientY: y, ...more }));
    const pointer = { pointerId: 1, pointerType: "mouse", button: 0 };
    canvas.setPointerCapture = () => {};
    const drag = (n) => fire(PointerEvent, "pointermove", { ...pointer, clientX: x + 90 * Math.sin(n / 12), clientY: y + 60 * Math.sin(n / 7) });
    const wheel = (n) => fire(WheelEvent, "wheel", { deltaY: n % 60 < 30 ? 12 : -12 });
    if (what === "drag") fire(PointerEvent, "pointerdown", pointer);
    witness.start();
    let n = 0;
    const next = () => {
      (what === "drag" ? drag : wheel)(n);
      n += 1;
      if (n < frames) return requestAnimationFrame(next);
      if (what === "drag") fire(PointerEvent, "pointerup", pointer);
      return done(witness.stop().fps);
    };
    requestAnimationFrame(next);
  });

  // The middle of one of ``of`` filled cells in view, spread over them; times from the press on it to its item.
  witness.aim = (n, of) => {
    const { view, filling, sheet } = map();
    const inside = ({ x, y, size }) => x > 0 && y > 0 && x + size < view.width - 130 && y + size < view.height - 130;
    const cells = view.cells().filter((cell) => filling.row[cell] >= 0 && inside(view.box(cell)));
    const cell = cells[Math.floor(((n + 0.5) / of) * cells.length)];
    const words = `Picture ${(sheet.position(filling.row[cell]) + 1).toLocaleString("en")}`;
    const plain = words.replaceAll(",", "");
    const panel = () => document.querySelector(".st-key-archive-panel");
    const told = () => new RegExp(`(${words}|${plain})\\b`).test(panel()?.textContent ?? "");
    const whole = () => [...(panel()?.querySelectorAll("img") ?? [])].slice(0, 1).some((image) => image.complete && image.naturalWidth);
    document.addEventListener("pointerdown", () => {
      const start = performance.now();
      when(() => told() && whole(), (now) => witness.times.push(now - start));
    }, { once: true, capture: true });
    const { x, y, size } = view.box(cell);
    return { x: x + size / 2, y: y + size / 2 };
  };
}
