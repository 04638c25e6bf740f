// <credence-score claim="…">: a score of Credence in any page. Every word it shows comes from the service.
const STYLE = "";
const HOME = import.meta.url.match(/^(.*\/)embed\//)?.[1];
const AWAY = "Credence cannot be reached: no score is shown.";
const PRIVATE = "This Credence service does not show its scores to the public.";
// As many subjects as the service answers at once, and as long an address as every proxy takes.
const MOST_SUBJECTS = 200;
const LONGEST_ADDRESS = 6000;
// In milliseconds: who reads on for as long has stopped waiting.
const PATIENCE = 15000;
const KINDS = ["claim", "question", "source"];
const SEGMENT = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}";
const ID = new RegExp(`^${SEGMENT}$`);
const SCOPE = new RegExp(`^${SEGMENT}(/${SEGMENT})*$`);
const EFFECTS = { raises: ", raising it: ", lowers: ", lowering it: ", none: ", leaving it as it is: " };
const ROWS = 4;

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

// A text in another script has its own direction, and leaves the words around it in their order.
const said = (text) => make("bdi", {}, text);
const line = (name, text) => text && make("p", { class: name, dir: "auto" }, text);
const unseen = (text) => make("span", { class: "unseen" }, text);

// Drawn, not styled: its parts lie where their attributes say, whatever policy the page has for styles.
function bar(low, at, high) {
  const part = (name, attributes, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const stripe = (name, from, width) => part("rect", { class: name, x: from * 100, width: width * 100, height: 10 });
  const attributes = { class: "bar", "aria-hidden": "true", preserveAspectRatio: "none", viewBox: "0 0 100 10" };
  return part("svg", attributes, stripe("track", 0, 1), stripe("band", low, high - low), stripe("mark", at - 0.006, 0.012));
}

function gauge(card) {
  if (!card.range) return null;
  return make("p", { class: "gauge" }, card.score === null ? null : bar(card.low, card.score, card.high), make("span", { class: "range" }, said(card.range)));
}

const words = (card) => [
  card.lead && make("span", { class: "lead" }, said(`“${card.lead}”`), " "),
  make("b", {}, said(card.figure)),
  card.grade && ` ${card.grade}`,
];

function answers(card) {
  const rows = card.answers.slice(0, ROWS).map((row) =>
    make(
      "li",
      {},
      make("span", { class: "answer" }, said(row.answer)),
      make("span", { class: "share" }, said(row.figure)),
      bar(row.low, row.credence, row.high),
      make("span", { class: "range" }, said(row.range)),
    ),
  );
  return make("ul", { class: "answers" }, ...rows);
}

function foot(card, isFull, home) {
  const reasons = card.reasons.map((reason) =>
    make("li", { class: reason.effect, dir: "ltr" }, reason.factor, EFFECTS[reason.effect], said(reason.because)),
  );
  return make(
    "footer",
    {},
    make(
      "details",
      {},
      make("summary", {}, "Why", unseen(`: ${card.title}`)),
      make("div", { class: "more" }, line("summary", card.summary), !isFull && line("admiralty", card.admiralty), reasons.length && make("ul", {}, ...reasons)),
    ),
    make("a", { href: home + card.path.slice(1) }, "Evidence", unseen(`: ${card.title}`)),
  );
}

function badge(card, home) {
  return make(
    "a",
    { class: "card badge", href: home + card.path.slice(1), title: card.label },
    make("span", { class: "brand" }, "Credence"),
    make(
      "span",
      { class: "value", dir: "ltr" },
      unseen(`${card.title}: `),
      // A past score must not pass for the present one: its moment comes before what may be cut.
      ...words(card.moment ? { ...card, grade: card.moment } : card),
      card.moment && card.grade && ` · ${card.grade}`,
      card.state && ` · ${card.state}`,
    ),
  );
}

function drawn(card, variant, home) {
  if (variant === "badge") return badge(card, home);
  const { type } = card.subject;
  const isFull = variant === "full";
  return make(
    "section",
    { class: `card ${variant} ${type} ${card.moment ? "dated" : ""}`, role: "group", "aria-label": `Credence on ${card.title}` },
    line("title", card.title),
    (isFull || type !== "question") && (isFull || !card.moment) && line("context", card.context),
    line("moment", card.moment),
    make("p", { class: "score", dir: "ltr" }, ...words(card)),
    isFull && card.answers.length ? answers(card) : gauge(card),
    isFull && line("admiralty", card.admiralty),
    line("standing", card.standing?.sentence),
    foot(card, isFull, home),
  );
}

function empty(variant, kind, sentence, link) {
  const attributes = { class: `card ${variant} ${kind} empty`, role: "group", "aria-label": "Credence", title: sentence };
  // A badge says the name before it.
  const told = variant === "badge" ? sentence.replace(/^Credence /, "") : sentence;
  const words = make(link ? "a" : "span", { href: link, dir: "auto" }, told);
  return variant === "badge"
    ? make("span", attributes, make("span", { class: "brand" }, "Credence"), make("span", { class: "value", dir: "ltr" }, words))
    : make("section", attributes, line("title", "Credence"), make("p", { class: "standing", dir: "ltr" }, words));
}

// What was asked for since the last request: by which element, of which service, as of when.
const waiting = new Set();

// All that the page holds by now, in one request for each service and moment.
function send() {
  const groups = new Map();
  for (const asked of waiting) {
    const name = `${asked.home} ${asked.moment}`;
    groups.set(name, [...(groups.get(name) ?? []), asked]);
  }
  waiting.clear();
  for (const group of groups.values()) batches(group).forEach(answer);
}

// In one order, so that all readers of a page ask for the same address and a cache knows it.
function batches(group) {
  const found = [];
  let names = new Set();
  let length = 0;
  for (const asked of group.sort((one, other) => (one.key < other.key ? -1 : 1))) {
    if (!names.has(asked.key)) {
      if (!found.length || names.size === MOST_SUBJECTS || length + asked.key.length > LONGEST_ADDRESS) {
        found.push([]);
        names = new Set();
        length = 0;
      }
      names.add(asked.key);
      length += asked.key.length + 1;
    }
    found.at(-1).push(asked);
  }
  return found;
}

function address(batch) {
  const { home, moment } = batch[0];
  const query = KINDS.map((kind) => {
    const names = batch.filter((asked) => asked.kind === kind).map((asked) => asked.name);
    return names.length ? `${kind}s=${[...new Set(names)].join(",")}` : "";
  });
  if (moment) query.push(`as_of=${encodeURIComponent(moment)}`);
  return `${home}v1/cards?${query.filter(Boolean).join("&")}`;
}

async function answer(batch) {
  let items = [];
  let sentence = AWAY;
  try {
    const response = await fetch(address(batch), {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const body = await response.json();
    if (response.ok) items = body.items;
    else if (response.status === 401) sentence = PRIVATE;
    else if (response.status === 422) sentence = body.detail;
  } catch {
    // Away, or no answer of the service's: the sentence says so.
  }
  const found = new Map(items.map((item) => [keyOf(item.subject.type, item.subject.id, item.subject.scope), item]));
  for (const asked of batch) asked.element.take(asked, found.get(asked.key), sentence);
}

const keyOf = (kind, id, scope) => `${kind} ${id}${scope ? `@${scope}` : ""}`;

class CredenceScore extends HTMLElement {
  static observedAttributes = [...KINDS, "scope", "as-of", "variant", "service"];
  #root = this.attachShadow({ mode: "open" });
  #isPlaced = false;
  #asked = null;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheet];
    // The texts are English, whatever language the page is in.
    this.#root.append(make("div", { lang: "en" }));
  }

  connectedCallback() {
    this.#isPlaced = true;
    this.#ask();
  }

  disconnectedCallback() {
    this.#isPlaced = false;
    waiting.delete(this.#asked);
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#isPlaced || before === now) return;
    if (name === "variant" && this.card) this.#draw();
    else this.#ask();
  }

  get variant() {
    const variant = this.getAttribute("variant");
    return ["badge", "full"].includes(variant) ? variant : "compact";
  }

  take(asked, item, sentence) {
    // Another subject may have been asked for meanwhile.
    if (!this.#isPlaced || asked !== this.#asked) return;
    this.card = item?.title ? item : null;
    if (this.card) this.#draw();
    else this.#say(item?.sentence ?? sentence, asked.page);
    const name = this.card ? "credence-load" : "credence-error";
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail: this.card }));
  }

  #ask() {
    const kind = KINDS.find((name) => this.hasAttribute(name)) ?? "claim";
    const id = this.getAttribute(kind)?.trim() ?? "";
    const scope = kind === "source" ? this.getAttribute("scope")?.trim() : "";
    const service = this.getAttribute("service");
    const home = service ? new URL(service.replace(/\/?$/, "/"), document.baseURI).href : HOME;
    waiting.delete(this.#asked);
    this.card = this.#asked = null;
    if (!ID.test(id) || (scope && !SCOPE.test(scope))) return this.#say(`Credence knows no ${kind} “${id}”.`);
    const name = scope ? `${id}@${scope}` : id;
    this.#asked = {
      element: this,
      home,
      kind,
      name,
      key: keyOf(kind, id, scope),
      // A source's page shows all its scopes.
      page: `${home}${kind}s/${id}`,
      moment: this.getAttribute("as-of")?.trim() ?? "",
    };
    this.#say("Asking Credence …");
    this.#root.firstChild.setAttribute("aria-busy", "true");
    if (!waiting.size) settled().then(send);
    waiting.add(this.#asked);
  }

  #say(sentence, page = null) {
    this.#show(empty(this.variant, this.#asked?.kind ?? "claim", sentence, page));
  }

  #draw() {
    this.#show(drawn(this.card, this.variant, this.#asked.home));
  }

  #show(element) {
    this.#root.firstChild.removeAttribute("aria-busy");
    this.#root.firstChild.replaceChildren(element);
  }
}

// Not before the page is read to its end; later, once what adds elements has added them all.
const settled = () =>
  new Promise((done) => {
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", done, { once: true });
    else setTimeout(done);
  });

customElements.get("credence-score") ?? customElements.define("credence-score", CredenceScore);
