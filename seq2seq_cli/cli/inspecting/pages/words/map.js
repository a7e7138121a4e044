// Words at the places that the first two principal components of their embeddings give them.

const { words, shares, side, run, step } = data.map;
const map = document.getElementById("map");
const percent = (share) => `${(100 * share).toFixed(0)}%`;

document.getElementById("title").textContent = data.near.length ? `${data.near[0]} among the ${side} words of ${run}` : `The ${side} words of ${run}`;
document.getElementById("made-of").textContent =
  `step ${step} · ${words.length} of the most frequent words by the two directions in which their embeddings differ most: across ${percent(shares[0])} of the variance, up ${percent(shares[1])} · point at a word; where it is crowded, only some words are written`;
map.setAttribute("aria-label", `map of ${words.length} words`);

function svg(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function drawMap() {
  const { width, height } = map.getBoundingClientRect();
  const along = (key, size, margin) => {
    const values = words.map((word) => word[key]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return (value) => margin + ((value - low) / (high - low || 1)) * (size - 2 * margin - (key === "x" ? 60 : 0));
  };
  const x = along("x", width, 14);
  const y = along("y", height, 16);
  map.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const groups = words.map((place) => {
    const rank = data.near.indexOf(place.word);
    const group = svg("g", { class: rank === 0 ? "first" : rank > 0 ? "near" : "" });
    const [left, top] = [x(place.x), height - y(place.y)];
    const label = svg("text", { x: left + 5, y: top + 4 });
    label.textContent = place.word;
    group.append(svg("circle", { cx: left, cy: top, r: rank === 0 ? 4.5 : 3 }), svg("circle", { cx: left, cy: top, r: 9, style: "fill:transparent" }), label);
    const tell = (event) => {
      group.classList.add("lit");
      map.append(group); // above the others
      showTip(event, place.word, `seen ${place.count} times; x ${place.x}, y ${place.y}`);
    };
    group.addEventListener("pointermove", tell);
    group.addEventListener("pointerdown", tell);
    group.addEventListener("pointerleave", () => {
      group.classList.remove("lit");
      hideTip();
    });
    return group;
  });
  map.replaceChildren(...groups);
  const first = (group) => (group.classList.contains("first") || group.classList.contains("near") ? 0 : 1);
  const written = [];
  for (const group of [...groups].sort((a, b) => first(a) - first(b))) {
    const box = group.lastChild.getBBox();
    const free = written.every((other) => box.x > other.x + other.width || other.x > box.x + box.width || box.y > other.y + other.height || other.y > box.y + box.height);
    if (free) written.push(box);
    group.classList.toggle("crowded", !free);
  }
}

drawMap();
addEventListener("resize", drawMap);
