// Which question comes next, and which were answered: no DOM except the pictures that are fetched ahead.

const SIDES = ["reference", "left", "right"];
const AHEAD = 6; // questions whose pictures are fetched before they are needed
const BEHIND = 12; // answered questions whose pictures are kept for undo
const LOAD_LIMIT = 20000; // milliseconds until a picture counts as failed

function picture(side) {
  const image = new Image();
  image.alt = side.alt ?? "";
  image.draggable = false;
  image.decoding = "async";
  image.src = side.url;
  image.loaded = Promise.race([
    image.decode(),
    new Promise((_, refuse) => setTimeout(refuse, LOAD_LIMIT, new Error("timeout"))),
  ]);
  image.loaded.catch(() => (image.failed = true));
  return image;
}

function passage(side) {
  const text = document.createElement("div");
  text.className = "passage";
  text.tabIndex = 0;
  text.textContent = side.text;
  text.loaded = Promise.resolve();
  return text;
}

class Questions {
  constructor() {
    this.known = new Map();
    this.upcoming = [];
    this.answered = []; // {question, eventId, choice}, oldest first
  }

  get current() {
    return this.upcoming[0];
  }

  // Take in the server's list: each question once, withdrawn ones out, those on screen or taken back stay.
  admit(queue, standing) {
    const listed = new Map(queue.map((question) => [question.id, question]));
    this.upcoming = this.upcoming.filter((question, place) => {
      const stays = place === 0 || question.returned || listed.has(question.id);
      if (!stays) this.known.delete(question.id);
      return stays;
    });
    for (const { question_id: id, event_id: eventId, choice } of standing) {
      if (listed.has(id) && !this.known.has(id)) {
        this.answered.push({ question: this.learn(listed.get(id)), eventId, choice });
      }
    }
    for (const [id, question] of listed) {
      if (this.known.has(id)) this.refresh(this.known.get(id), question);
      else this.upcoming.push(this.learn(question));
    }
    this.fetchAhead();
  }

  learn(question) {
    const entry = { ...question, views: {} };
    this.known.set(entry.id, entry);
    return entry;
  }

  // Addresses may be signed for a while only: newer ones replace older ones.
  refresh(known, fresh) {
    for (const side of SIDES) {
      if (known[side].url !== fresh[side].url && known !== this.current) delete known.views[side];
      known[side] = fresh[side];
    }
  }

  answer(choice, eventId) {
    const question = this.upcoming.shift();
    this.answered.push({ question, eventId, choice });
    const old = this.answered[this.answered.length - 1 - BEHIND];
    if (old) old.question.views = {};
    this.fetchAhead();
    return question;
  }

  takeBack() {
    const entry = this.answered.pop();
    entry.question.returned = true;
    this.upcoming.unshift(entry.question);
    return entry;
  }

  // What to put on screen for a question; a picture that failed earlier is asked for again.
  views(question) {
    for (const side of SIDES) {
      if (question.views[side] && !question.views[side].failed) continue;
      const content = question[side];
      question.views[side] = content.text == null ? picture(content) : passage(content);
    }
    return question.views;
  }

  fetchAhead() {
    for (const question of this.upcoming.slice(1, 1 + AHEAD)) {
      if (!SIDES.every((side) => question.views[side])) this.views(question);
    }
  }
}
