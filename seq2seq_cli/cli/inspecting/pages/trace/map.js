// The map: the source's words in columns, what is made of them above and below, then the bridge and the decoder.

const map = document.getElementById("map");
const plane = document.getElementById("plane");
const rows = document.getElementById("rows");
const pieces = []; // everything that shows how far one has come
const tiles = { encoder: [], decoder: [] };
const tags = {};
let pill;

/** Let a piece of the map lead to the first of its moments, and show when they have come. */
function piece(element, ...at) {
  pieces.push({ element, at });
  element.addEventListener("click", () => go(at[0]));
  return element;
}

function addRow(kind, name, arrow, cells) {
  const label = make("div", { class: "name" }, make("span", { text: name }));
  if (arrow) label.prepend(make("b", { text: arrow }));
  rows.append(make("div", { class: `row ${kind}` }, label, ...cells));
}

/** Return a tile: a vector as a square of units, row by row. */
function tile(values, limit, at, vector) {
  const columns = Math.ceil(Math.sqrt(values.length));
  const canvas = canvasOf({ values, columns, scale: "number", low: -limit, high: limit, ...vector });
  const label = `${vector.called}, ${vector.where}`;
  return piece(make("button", { class: "tile", type: "button", "aria-label": label }, canvas), at);
}

function tag(text, index, ...at) {
  const unknown = index === 3;
  const kind = unknown ? " unknown" : index < 3 ? " special" : "";
  const title = unknown ? `${text}: the model does not know this word` : text;
  return piece(make("button", { class: `word${kind}`, type: "button", text, title }), ...at);
}

function encoderRow(depth, way) {
  const cells = source.map((token, place) => {
    const where = `${layerOf(layers, depth)}${way.name}, ${quoted(token.text)}`;
    const vector = { ...named("hidden"), where, key: `encoder ${depth} ${way.name}` };
    const { hidden } = way.steps[place].state;
    return tile(hidden, limits["encoder hidden"], atEncoder(depth, way.order.indexOf(place)), vector);
  });
  tiles.encoder.push({ depth, way, cells });
  addRow("tiles", `${way.name}${layers.length > 1 ? ` ${depth + 1}` : ""}`, arrowOf(way), cells);
}

function memoryRow() {
  const cells = source.map((token, place) =>
    tile(encoding.memory[place], limits.memory, 0, { letter: "m", called: "memory", where: quoted(token.text), key: "memory" }));
  tiles.encoder.push({ depth: -1, cells });
  addRow("tiles", "memory", "", cells);
}

function decoderRow(crossing, depth) {
  const vector = (where) => ({ ...named("hidden"), where: `${layerOf(bridge, depth)}${where}`, key: `decoder ${depth}` });
  const first = tile(crossing.after.hidden, limits["first hidden"], atBridge, vector("the decoder’s first state"));
  const others = decoding.map((step, t) =>
    tile(step.layers[depth].state.hidden, limits["decoder hidden"], atDecoder(t), vector(`before ${quoted(step.choice.word)}`)));
  tiles.decoder.push([first, ...others]);
  addRow("tiles", `decoder${bridge.length > 1 ? ` ${depth + 1}` : ""}`, "→", [first, ...others]);
}

function buildMap() {
  const ways = layers.map((layer, depth) => layer.directions.map((way) => [depth, way]));
  for (const [first] of [...ways].reverse()) encoderRow(...first);
  if (!layers.length) memoryRow();
  tags.source = source.map((token, place) =>
    tag(token.text, token.index, ...(ways.length ? ways.flat().map(([depth, way]) => atEncoder(depth, way.order.indexOf(place))) : [0])));
  addRow("words", "source", "", tags.source);
  for (const [, second] of ways) if (second) encoderRow(...second);
  if (decoding.some((step) => step.weights)) {
    tags.weights = source.map(() => make("span"));
    addRow("weights", "attention", "", tags.weights);
  }
  pill = piece(make("button", { id: "bridge", type: "button", text: `bridge: ${model.bridge}` }), atBridge);
  addRow("bridge", "", "", [pill]);
  bridge.forEach(decoderRow);
  const { read } = decoding[0];
  tags.target = [tag(read.text, read.index, atDecoder(0)), ...decoding.map((step, t) => tag(step.choice.word, step.choice.index, atDecoder(t)))];
  addRow("words target", "target", "", tags.target);
}

/** Make columns as wide as there is room for, and as their words need within reason. */
function fit() {
  const label = innerWidth < 640 ? 62 : 84;
  const room = (map.clientWidth - 40 - label) / Math.max(source.length, decoding.length + 1);
  const needed = () => {
    plane.style.setProperty("--column", "116px");
    return 10 + Math.max(...[...tags.source, ...tags.target].map((element) => element.offsetWidth));
  };
  plane.classList.remove("dense");
  plane.classList.toggle("dense", needed() > room);
  const column = Math.max(50, needed(), Math.min(150, Math.floor(room)));
  plane.style.setProperty("--label", `${label}px`);
  plane.style.setProperty("--column", `${column}px`);
  plane.style.setProperty("--tile", `${Math.min(64, column - 14)}px`);
  drawWires();
}

/** Show on the map how far one has come, and bring the place into view. */
function markMap() {
  for (const { element, at } of pieces) {
    element.classList.toggle("done", at[0] <= now);
    element.classList.toggle("now", at.includes(now));
  }
  const weights = decoding[moments[now].t]?.weights;
  const looking = moments[now].wing === "decoder" && weights;
  tags.weights?.forEach((element, place) => {
    element.textContent = looking ? weights[place].toFixed(2) : "";
    element.title = looking ? `${source[place].text}: ${weights[place]}` : "";
    element.classList.toggle("strong", Boolean(looking) && weights[place] >= 0.2);
  });
  drawWires();
  const here = map.querySelector(".tile.now") ?? pill;
  const { left, right } = here.getBoundingClientRect();
  const frame = map.getBoundingClientRect();
  if (left < frame.left + 80 || right > frame.right - 20) map.scrollLeft += (left + right - frame.left - frame.right) / 2;
}
