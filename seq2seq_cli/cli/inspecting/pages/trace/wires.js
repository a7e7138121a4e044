// Wires: what goes from piece to piece of the map, as far as it has gone.

const wires = document.getElementById("wires");

function drawWires() {
  const origin = plane.getBoundingClientRect();
  const boxOf = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const [l, r, t, b] = [left - origin.left, right - origin.left, top - origin.top, bottom - origin.top];
    return { left: l, right: r, top: t, bottom: b, x: (l + r) / 2, y: (t + b) / 2, width: r - l };
  };
  const drawn = [];
  const draw = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    drawn.push(element);
  };
  const path = (d, kind, style = "") => draw("path", { d, class: kind, style });
  /** An arrow's head at (x, y) that points along (dx, dy). */
  const head = (x, y, dx, dy, kind) => {
    const corner = (side) => `${x - 6 * dx + side * 4 * dy},${y - 6 * dy + side * 4 * dx}`;
    draw("polygon", { points: `${x},${y} ${corner(1)} ${corner(-1)}`, class: kind });
  };
  const lit = (at) => (at === now ? "lit" : "");
  const arrow = (a, b, kind) => {
    const way = Math.sign(b.x - a.x);
    if (Math.abs(b.x - a.x) > 2.5 * a.width) { // over the heads of those between
      path(`M${a.x} ${a.top} C${a.x} ${a.top - 14}, ${b.x} ${b.top - 14}, ${b.x} ${b.top - 2}`, kind);
    } else {
      const [from, to] = way > 0 ? [a.right + 1, b.left - 2] : [a.left - 1, b.right + 2];
      path(`M${from} ${a.y} H${to - 5 * way}`, kind);
      head(to, b.y, way, 0, kind);
    }
  };

  for (const { depth, way, cells } of tiles.encoder) {
    way?.order.slice(1).forEach((place, before) => {
      const at = atEncoder(depth, before + 1);
      if (at <= now) arrow(boxOf(cells[way.order[before]]), boxOf(cells[place]), lit(at));
    });
  }
  if (now >= atBridge) drawBridge();
  for (const row of tiles.decoder) {
    row.slice(1).forEach((element, t) => {
      if (atDecoder(t) <= now) arrow(boxOf(row[t]), boxOf(element), lit(atDecoder(t)));
    });
  }
  decoding.forEach((step, t) => {
    if (atDecoder(t) <= now) drawFeedback(t);
  });
  if (moments[now].wing === "decoder") drawLook(moments[now].t);
  wires.replaceChildren(...drawn);

  function drawBridge() {
    const kind = lit(atBridge);
    const to = boxOf(pill);
    const used = new Set(bridge.map((crossing) => crossing.encoder_layer - 1));
    for (const { depth, way, cells } of tiles.encoder) {
      if (model.bridge === "zero" || (way && !used.has(depth))) continue;
      for (const from of (way ? [cells[way.order.at(-1)]] : cells).map(boxOf)) {
        if (from.x < to.right) {
          const below = tags.weights ? boxOf(tags.weights[0]).bottom : from.bottom;
          path(`M${from.x} ${below + 1} V${to.top - 6}`, kind);
          head(from.x, to.top - 1, 0, 1, kind);
        } else {
          path(`M${from.right + 1} ${from.y} h2 q6 0 6 6 V${to.y - 6} q0 6 -6 6 H${to.right + 7}`, kind);
          head(to.right + 2, to.y, -1, 0, kind);
        }
      }
    }
    const first = boxOf(tiles.decoder[0][0]);
    path(`M${first.x} ${to.bottom + 1} V${first.top - 7}`, kind);
    head(first.x, first.top - 2, 0, 1, kind);
  }

  /** The word before goes into the step. */
  function drawFeedback(t) {
    const from = boxOf(tags.target[t]);
    const to = boxOf(tiles.decoder.at(-1)[t + 1]);
    path(`M${from.right + 1} ${from.y} C${to.left - 2} ${from.y}, ${to.left + 4} ${from.y}, ${to.left + 8} ${to.bottom + 2}`, `back ${lit(atDecoder(t))}`);
  }

  /** Attention: from the step to the words that it looks at. */
  function drawLook(t) {
    const from = boxOf(tiles.decoder[0][t + 1]);
    decoding[t].weights?.forEach((weight, place) => {
      if (weight < 0.01) return;
      const to = boxOf(tags.weights[place]);
      const middle = (from.top + to.bottom) / 2;
      const style = `stroke-width:${(1 + 4 * weight).toFixed(2)};opacity:${(0.2 + 0.8 * weight).toFixed(2)}`;
      path(`M${from.x} ${from.top - 2} C${from.x} ${middle}, ${to.x} ${middle}, ${to.x} ${to.bottom + 1}`, "look", style);
    });
  }
}
