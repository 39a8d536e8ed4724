// The card: shows one question at a time and takes an answer only after all of it has been painted.

const ASK_AGAIN = 5000; // milliseconds between looks for new questions when there are none
const MEND_AFTER = 4000; // milliseconds until pictures that failed are tried again out of sight, then twice that, …
const WORDS = { tie: "Undone. You had chosen can’t tell.", skip: "Undone. You had skipped this one." };

class Card {
  constructor(root, name) {
    this.root = root;
    this.name = name;
    this.group = root.querySelector(".card");
    this.outbox = new Outbox(name);
    this.outbox.onLate = () => this.showSaved();
    this.questions = new Questions();
    this.picks = [];
    this.turn = 0;
    this.shape = 0;
    this.ready = false;
    this.failed = [];
    this.listening = new AbortController();
    this.listen();
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  figure(place) {
    return this.root.querySelector(`figure[data-place="${place}"]`);
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
    this.outbox.confirm(data.acknowledged);
    const before = this.questions.current;
    this.questions.admit(data.queue, this.outbox.standing());
    this.questions.recall(data.past);
    if (this.outbox.hasUnposted) this.outbox.post(send);
    this.showFeedback(data.feedback);
    this.measure();
    if (!before || this.questions.current !== before) this.show();
    else this.refresh();
  }

  // The connection is back: what waits is sent now, and pictures that did not come are asked for again.
  online() {
    if (!this.send) return;
    this.outbox.patience = FIRST_PATIENCE;
    this.outbox.post(this.send);
    if (this.failed.length) this.show();
  }

  async show() {
    const question = this.questions.current;
    const turn = ++this.turn;
    this.ready = false;
    this.failed = [];
    this.picks = [];
    this.closeZoom();
    this.setState(question ? "loading" : "waiting");
    clearInterval(this.hunger);
    if (!question) return this.keepAsking();
    const views = this.questions.views(question);
    const places = placesOf(question);
    clearTimeout(this.slowTimer);
    this.slowTimer = setTimeout(() => turn === this.turn && !this.ready && this.setState("slow"), 400);
    const outcomes = await Promise.allSettled(places.map((place) => views[place].loaded));
    if (turn !== this.turn) return undefined;
    this.failed = places.filter((_, number) => outcomes[number].status === "rejected");
    this.prepare(question);
    places.forEach((place) => this.put(place, views[place], contentOf(question, place)));
    this.makeRoomFor(places.map((place) => views[place]));
    if (this.failed.length) this.mend(turn, question, MEND_AFTER);
    return this.afterPaint(turn);
  }

  // The server may be away for a while: what did not load is shown as soon as it does.
  async mend(turn, question, wait) {
    await new Promise((go) => setTimeout(go, wait));
    if (turn !== this.turn) return undefined;
    const views = this.questions.views(question);
    const outcomes = await Promise.allSettled(placesOf(question).map((place) => views[place].loaded));
    if (turn !== this.turn) return undefined;
    if (outcomes.every(({ status }) => status === "fulfilled")) return this.show();
    return this.mend(turn, question, Math.min(2 * wait, 60000));
  }

  // Without a question there is no answer to cause the next rerun, so the card causes it.
  keepAsking() {
    if (this.data.readonly || this.reachedTarget) return;
    this.hunger = setInterval(() => document.hidden || this.signal("hungry", true), ASK_AGAIN);
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
    const usable = !this.data.readonly && this.ready;
    if (act === "undo") return !this.data.readonly && this.questions.answered.length > 0 && this.state !== "loading";
    if (act === "skip") return usable;
    if (act === "done") return usable && this.failed.length === 0 && this.picks.length > 0;
    if (act === "tie") return usable && this.failed.length === 0;
    if (!/^\d+$/.test(act)) return true;
    if (!usable || this.failed.length || !this.questions.current) return false;
    return answerOf(act, this.questions.current, this.data.graded) !== undefined;
  }

  // A number key, a number's button or a picture: an answer, but in a grid one pick of several.
  choose(act) {
    if (!this.allows(act)) return undefined;
    const { current } = this.questions;
    const answer = answerOf(act, current, this.data.graded);
    return current.kind === "grid" ? this.pick(answer.picked[0]) : this.answer("picked", answer);
  }

  // The last pick that the question asks for answers it; a second press on the same takes a pick back.
  pick(place) {
    const { current } = this.questions;
    this.picks = this.picks.includes(place) ? this.picks.filter((one) => one !== place) : [...this.picks, place];
    if (this.picks.length === current.pick) return this.answer("picked", { picked: this.picks, grade: 1 });
    this.showPicks();
    return this.announce(`${this.picks.length} of ${current.pick} picked.`);
  }

  answer(choice, { picked, grade } = { picked: [], grade: 1 }) {
    if (!this.allows(choice === "picked" ? String(picked[0] + 1) : choice)) return;
    const eventId = newEventId();
    const spent = Math.max(0, Math.round(performance.now() - this.shownAt));
    this.flash(choice, picked);
    const { id } = this.questions.answer(choice === "picked" ? picked : choice, eventId);
    this.say("");
    this.report({
      event_id: eventId, question_id: id, choice, picked, grade, response_ms: spent, undoes: null,
      weight: choice === "skip" ? 0 : 1,
    });
  }

  undo() {
    if (!this.allows("undo")) return;
    const { question, eventId, choice } = this.questions.takeBack();
    const before = Array.isArray(choice) ? choice.map((place) => place + 1).join(" and ") : choice;
    this.say(WORDS[choice] ?? `Undone. You had chosen ${before}.`);
    this.report({
      event_id: newEventId(), question_id: question.id, choice: null, picked: [], grade: 1, response_ms: null,
      undoes: eventId, weight: choice === "skip" ? 0 : -1,
    });
  }

  report(event) {
    this.outbox.add(event);
    this.show();
    this.outbox.post(this.send);
  }

  act(act, place) {
    if (act === "help") return this.toggleHelp();
    if (this.part("help").open) return undefined;
    if (act === "undo") return this.undo();
    if (act === "retry") return this.show();
    if (act === "zoom") return this.openZoom(place ?? this.hovered ?? this.focusedPlace() ?? this.firstPlace());
    if (act === "left" || act === "right") return this.turned(act);
    if (act === "done") return this.allows("done") ? this.answer("picked", { picked: this.picks, grade: 1 }) : undefined;
    if (act === "tie" || act === "skip") return this.answer(act);
    return this.choose(act);
  }

  // Arrows walk through what is enlarged, and else mean one of two candidates.
  turned(side) {
    if (this.part("zoom").matches(":popover-open")) return this.walkZoom(side === "left" ? -1 : 1);
    const { current } = this.questions;
    const arrow = current && KINDS[current.kind].arrows?.[side];
    if (!arrow) return undefined;
    return this.choose(this.data.graded && current.kind === "triplet" && side === "right" ? "4" : arrow);
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
