// Which question comes next, and which were answered: no DOM except the pictures that are fetched ahead.

const AHEAD = 20; // pictures that are fetched before they are needed, of two questions at least
const BEHIND = 12; // answered questions whose pictures are kept for undo
const LOAD_LIMIT = 20000; // milliseconds until a picture counts as failed
const AGAIN = [300, 1500]; // milliseconds until a picture that failed is asked for again, by itself
const DECODE_LIMIT = 1000; // milliseconds to decode ahead of time; a browser that draws nothing just now never answers

function picture(side) {
  const image = new Image();
  image.alt = side.alt ?? "";
  image.draggable = false;
  image.decoding = "sync"; // the frame that shows it shows all of it
  image.loaded = Promise.race([
    load(image, side.url),
    new Promise((_, refuse) => setTimeout(refuse, LOAD_LIMIT, new Error("timeout"))),
  ]);
  image.loaded.catch(() => (image.failed = true));
  return image;
}

// One lost connection is no lost picture.
async function load(image, url) {
  for (const wait of AGAIN) {
    try {
      return await arrival(image, url);
    } catch {
      await new Promise((go) => setTimeout(go, wait));
    }
  }
  return arrival(image, url);
}

// Whether a picture has come is for its events to say; decoding only makes showing it quick.
async function arrival(image, url) {
  await new Promise((come, refuse) => {
    image.onload = come;
    image.onerror = () => refuse(new Error(`no picture at ${url}`));
    image.src = url;
  });
  const decoded = image.decode().catch(() => undefined);
  await Promise.race([decoded, new Promise((go) => setTimeout(go, DECODE_LIMIT))]);
}

function passage(side) {
  const text = document.createElement("div");
  text.className = "passage";
  text.tabIndex = 0;
  text.textContent = side.text;
  text.loaded = Promise.resolve();
  return text;
}

// "tie", "skip", or the places of the candidates that were picked.
function chosenBy({ choice, picked }) {
  return choice === "picked" ? picked : choice;
}

class Questions {
  constructor() {
    this.known = new Map();
    this.upcoming = [];
    this.answered = []; // {question, eventId, choice}, oldest first
    this.undone = new Set(); // event ids
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
    for (const event of standing) {
      const id = event.question_id;
      if (!listed.has(id) || this.known.has(id)) continue;
      this.answered.push({ question: this.learn(listed.get(id)), eventId: event.event_id, choice: chosenBy(event) });
    }
    for (const [id, question] of listed) {
      if (this.known.has(id)) this.refresh(this.known.get(id), question);
      else this.upcoming.push(this.learn(question));
    }
    this.fetchAhead();
  }

  // Answers of before this tab was opened go in front of its own, so that undo reaches them, too.
  recall(past) {
    const earlier = past.filter(({ question, event_id: id }) => !this.known.has(question.id) && !this.undone.has(id));
    const entry = (answer) => {
      return { question: this.learn(answer.question), eventId: answer.event_id, choice: chosenBy(answer) };
    };
    this.answered.unshift(...earlier.map(entry));
  }

  learn(question) {
    const entry = { kind: "triplet", pick: 1, aspect: "", ...question, views: {} };
    this.known.set(entry.id, entry);
    return entry;
  }

  // Addresses may be signed for a while only: newer ones replace older ones.
  refresh(known, fresh) {
    for (const place of placesOf(known)) {
      const newer = contentOf(fresh, place);
      if (contentOf(known, place).url !== newer.url && known !== this.current) delete known.views[place];
      if (place === "reference") known.reference = newer;
      else known.candidates[Number(place) - 1] = newer;
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
    this.undone.add(entry.eventId);
    this.upcoming.unshift(entry.question);
    return entry;
  }

  // What to put on screen for a question; a picture that failed earlier is asked for again.
  views(question) {
    for (const place of placesOf(question)) {
      if (question.views[place] && !question.views[place].failed) continue;
      const content = contentOf(question, place);
      question.views[place] = content.text == null ? picture(content) : passage(content);
    }
    return question.views;
  }

  fetchAhead() {
    const size = this.current ? placesOf(this.current).length : 1;
    for (const question of this.upcoming.slice(1, 1 + Math.max(2, Math.ceil(AHEAD / size)))) {
      if (!placesOf(question).every((place) => question.views[place])) this.views(question);
    }
  }
}
