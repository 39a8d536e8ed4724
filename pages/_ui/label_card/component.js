// The card: shows one question at a time and takes an answer only after all of it has been painted.

const CHOICES = ["left", "right", "tie", "skip"];
const ASK_AGAIN = 5000; // milliseconds between looks for new questions when there are none
const HOLD = 400; // milliseconds until a resting finger counts as held
const WORDS = { left: "1", right: "2", tie: "can’t tell", skip: "skipped" };

class Card {
  constructor(root, name) {
    this.root = root;
    this.name = name;
    this.group = root.querySelector(".card");
    this.outbox = new Outbox(name);
    this.questions = new Questions();
    this.turn = 0;
    this.shape = 0;
    this.ready = false;
    this.listening = new AbortController();
    this.listen();
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  figure(side) {
    return this.root.querySelector(`[data-side="${side}"]`);
  }

  listen() {
    const { signal } = this.listening;
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
    document.addEventListener("keyup", (event) => meaningOf(event) === "zoom" && this.closeZoom(), { signal });
    window.addEventListener("blur", () => this.closeZoom(), { signal });
    window.addEventListener("resize", () => this.measure(), { signal });
    window.addEventListener("beforeunload", (event) => this.outbox.size && event.preventDefault(), { signal });
    this.root.addEventListener("click", (event) => this.clicked(event), { signal });
    for (const side of SIDES) {
      const figure = this.figure(side);
      figure.addEventListener("pointerenter", () => (this.hovered = side), { signal });
      figure.addEventListener("pointerleave", () => (this.hovered = undefined), { signal });
      this.listenForFinger(figure.querySelector(".frame"), side, signal);
    }
  }

  // A finger held on a picture enlarges it until it is lifted; that is no click.
  listenForFinger(frame, side, signal) {
    let timer;
    const lifted = () => {
      clearTimeout(timer);
      if (this.held) this.closeZoom();
    };
    frame.addEventListener("pointerdown", (event) => {
      this.held = false;
      if (event.pointerType === "touch") timer = setTimeout(() => (this.held = this.openZoom(side)), HOLD);
    }, { signal });
    frame.addEventListener("contextmenu", (event) => this.held && event.preventDefault(), { signal });
    for (const type of ["pointerup", "pointercancel"]) frame.addEventListener(type, lifted, { signal });
  }

  close() {
    this.turn += 1;
    this.listening.abort();
    this.outbox.close();
    clearInterval(this.hunger);
    clearTimeout(this.slowTimer);
    clearTimeout(this.savedTimer);
    this.closeZoom();
    this.say("");
  }

  // Called at each rerun of the page with what the server knows now.
  receive(data, send, signal) {
    this.data = data;
    this.send = send;
    this.signal = signal;
    this.root.classList.toggle("texts", data.kind === "text");
    this.part("ask").textContent = data.ask;
    this.outbox.confirm(data.acknowledged);
    const before = this.questions.current;
    this.questions.admit(data.queue, this.outbox.standing());
    if (this.outbox.hasUnposted) this.outbox.post(send);
    this.measure();
    if (!before || this.questions.current !== before) this.show();
    else this.refresh();
  }

  // The card takes the height that is left below it on the first screen.
  measure() {
    const scroller = this.root.getRootNode().host?.closest('[data-testid="stMain"]');
    const top = this.root.getBoundingClientRect().top + (scroller?.scrollTop ?? window.scrollY);
    this.root.style.setProperty("--room", `${Math.round(window.innerHeight - top - 16)}px`);
  }

  // Frames are as tall as the tallest picture so far needs, so that the card does not jump between questions.
  makeRoomFor(views) {
    const shapes = views.map((view) => (view.naturalWidth ? view.naturalHeight / view.naturalWidth : 0));
    const shape = this.data.kind === "text" ? 1.2 : Math.min(1.5, Math.max(0.6, this.shape, ...shapes));
    if (shape === this.shape) return;
    this.shape = shape;
    this.root.style.setProperty("--shape", String(shape));
  }

  async show() {
    const question = this.questions.current;
    const turn = ++this.turn;
    this.ready = false;
    this.failed = [];
    this.closeZoom();
    this.setState(question ? "loading" : "waiting");
    clearInterval(this.hunger);
    if (!question) return this.keepAsking();
    const views = this.questions.views(question);
    clearTimeout(this.slowTimer);
    this.slowTimer = setTimeout(() => turn === this.turn && !this.ready && this.setState("slow"), 400);
    const outcomes = await Promise.allSettled(SIDES.map((side) => views[side].loaded));
    if (turn !== this.turn) return undefined;
    this.failed = SIDES.filter((_, place) => outcomes[place].status === "rejected");
    SIDES.forEach((side) => this.place(side, views[side], question[side]));
    this.makeRoomFor(SIDES.map((side) => views[side]));
    return this.afterPaint(turn);
  }

  // Without a question there is no answer to cause the next rerun, so the card causes it.
  keepAsking() {
    if (this.data.readonly || this.reachedTarget) return;
    this.hunger = setInterval(() => document.hidden || this.signal("hungry", true), ASK_AGAIN);
  }

  place(side, view, content) {
    const slot = this.figure(side).querySelector(".slot");
    if (!this.failed.includes(side)) return slot.replaceChildren(view);
    const message = document.createElement("div");
    message.className = "broken";
    const what = document.createElement("p");
    what.textContent = content.alt || "Picture";
    const why = document.createElement("p");
    why.textContent = "This picture did not load.";
    const again = document.createElement("button");
    again.type = "button";
    again.className = "plain";
    again.dataset.act = "retry";
    again.textContent = "Try again";
    message.append(what, why, again);
    return slot.replaceChildren(message);
  }

  // The second frame begins when the first, with the question on it, has been handed to the screen.
  afterPaint(turn) {
    requestAnimationFrame(() => requestAnimationFrame((time) => {
      if (turn !== this.turn) return;
      clearTimeout(this.slowTimer);
      this.shownAt = time;
      this.ready = true;
      this.setState(this.failed.length ? "failed" : "ready");
      const fault = this.failed.length ? " A picture did not load." : "";
      this.announce(`Question ${this.done + 1}.${fault}`);
    }));
  }

  allows(act) {
    if (act === "undo") return !this.data.readonly && this.questions.answered.length > 0 && this.state !== "loading";
    if (!CHOICES.includes(act)) return true;
    if (this.data.readonly || !this.ready) return false;
    return act === "skip" || this.failed.length === 0;
  }

  answer(choice) {
    if (!this.allows(choice)) return;
    const eventId = newEventId();
    const question = this.questions.answer(choice, eventId);
    const spent = Math.max(0, Math.round(performance.now() - this.shownAt));
    this.flash(choice);
    this.say("");
    this.report({
      event_id: eventId, question_id: question.id, choice, response_ms: spent, undoes: null,
      weight: choice === "skip" ? 0 : 1,
    });
  }

  undo() {
    if (!this.allows("undo")) return;
    const { question, eventId, choice } = this.questions.takeBack();
    this.say(`Undone. You had chosen ${WORDS[choice]}.`.replace("chosen skipped", "skipped this one"));
    this.report({
      event_id: newEventId(), question_id: question.id, choice: null, response_ms: null, undoes: eventId,
      weight: choice === "skip" ? 0 : -1,
    });
  }

  report(event) {
    this.outbox.add(event);
    this.show();
    this.outbox.post(this.send);
  }

  retry() {
    this.show();
  }

  pressed(event) {
    const act = meaningOf(event);
    if (!act || event.defaultPrevented || hasModifier(event) || belongsElsewhere(event, this.root)) return;
    if (!(this.root.checkVisibility?.() ?? true)) return;
    if (act === "close") return this.closeZoom();
    event.preventDefault(); // Space and arrows must not scroll, also when the press is dropped
    if (!event.repeat) this.act(act);
  }

  act(act, side) {
    if (act === "help") return this.toggleHelp();
    if (this.part("help").open) return undefined;
    if (act === "undo") return this.undo();
    if (act === "retry") return this.retry();
    if (act === "zoom") return this.openZoom(side ?? this.hovered ?? this.focusedSide() ?? "reference");
    return this.answer(act);
  }

  focusedSide() {
    return this.root.getRootNode().activeElement?.closest("[data-side]")?.dataset.side;
  }

  // A click on a candidate's picture chooses it, one on the reference's enlarges it. Texts are scrolled and selected.
  clicked(event) {
    if (event.target.closest(".zoom")) return this.closeZoom();
    const button = event.target.closest("button[data-act]");
    const picked = event.target.closest("figure")?.dataset.side;
    if (button) this.act(button.dataset.act);
    else if (!event.target.matches(".slot img") || this.held) return undefined;
    else this.act(picked === "reference" ? "zoom" : picked, picked);
    // Leave the focus off a clicked button, so that Space keeps meaning "can't tell".
    if (event.detail > 0 && !this.part("help").open) this.group.focus({ preventScroll: true });
    return undefined;
  }
}

export default function (component) {
  const { data, parentElement: host, setStateValue, setTriggerValue } = component;
  const root = host.querySelector(".room");
  if (host.card?.root !== root || host.card.name !== data.outbox) { // another study or rater may get the same element
    host.card?.close();
    host.card = new Card(root, data.outbox);
  }
  const { card } = host;
  const call = (card.calls = (card.calls ?? 0) + 1);
  card.receive(data, setStateValue, setTriggerValue);
  return () => {
    if (card.calls !== call) return; // an overtaken call ends, not the card
    card.close();
    if (host.card === card) delete host.card;
  };
}
