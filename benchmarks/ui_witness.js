// What is on screen, frame by frame, seen from outside the card: all that it relies on is that pictures lie under .stage.

window.witness = { presses: [], times: [], timing: false };
{
  const { witness } = window;
  const room = () => document.querySelector('[data-testid="stBidiComponentIsolated"]')?.shadowRoot;
  const card = () => room()?.querySelector(".card");

  // The pictures under .stage by the names of their files, where all are complete and shown; else undefined.
  const shown = () => {
    const stage = card()?.querySelector(".stage");
    const images = [...(stage?.querySelectorAll("img") ?? [])];
    const whole = (image) => image.complete && image.naturalWidth > 0 && image.offsetWidth > 0;
    if (!images.length || !images.every(whole)) return undefined;
    return images.map((image) => image.src.split("/").at(-1)).sort().join(" ");
  };

  let before; // in the last frame
  let painted; // went through a whole frame unchanged
  let asked; // {time, question} of the press that is being timed
  const look = () => {
    const now = shown();
    painted = now === before ? now : undefined;
    before = now;
    if (asked && painted !== undefined && painted !== asked.question) {
      witness.times.push(performance.now() - asked.time);
      asked = undefined;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);

  // Before the card hears of a key: what had been painted, and still is there.
  window.addEventListener("keydown", (event) => {
    const seen = painted === shown() ? painted ?? null : null;
    witness.presses.push(seen);
    if (witness.timing && seen) asked = { time: event.timeStamp, question: seen };
  }, true);

  witness.ready = () => card()?.dataset.state === "ready" && painted !== undefined && painted === shown();

  // Presses keys as fast as the card takes them until so many questions have passed; resolves with the seconds.
  witness.race = (keys, questions) => new Promise((done) => {
    const start = performance.now();
    let passed = 0, number = 0, last = painted;
    const step = () => {
      if (painted !== undefined && painted !== last) [passed, last] = [passed + 1, painted];
      if (passed >= questions) return done((performance.now() - start) / 1000);
      if (witness.ready()) {
        const key = keys[number++ % keys.length];
        document.dispatchEvent(new KeyboardEvent("keydown", { key, code: `Digit${key}`, bubbles: true }));
      }
      return requestAnimationFrame(step);
    };
    step();
  });
}
