// Alignments as heat maps: a row a word that was written, a column a word of the source.

document.getElementById("title").textContent = `Where the run ${data.run} looks`;
document.getElementById("made-of").textContent =
  `step ${data.step} · attention ${data.attention} · a row shows how a word that was written shared its attention among the words of the source; each row’s sum is 1`;

for (const { source, target, weights, reference, score } of data.sentences) {
  const columns = source.map((word) => make("th", { scope: "col", text: word }));
  const rows = target.map((word, t) => {
    const heading = make("th", { scope: "row", text: word });
    const cells = weights[t].map((weight, place) => {
      const light = (event) => {
        columns[place].classList.add("lit");
        heading.classList.add("lit");
        showTip(event, String(weight), `${word} looks at ${source[place]}`);
      };
      const dark = () => {
        columns[place].classList.remove("lit");
        heading.classList.remove("lit");
        hideTip();
      };
      const cell = make("td", { "data-weight": weight, text: weight >= 0.005 ? weight.toFixed(2) : "", onpointermove: light, onpointerdown: light, onpointerleave: dark });
      tint(cell);
      return cell;
    });
    return make("tr", {}, heading, ...cells);
  });
  const words = (tokens) => tokens.filter((word) => word !== "<eos>").join(" ");
  const parts = [make("h2", { text: `${words(source)} → ${words(target)}` })];
  if (score !== null) parts.push(make("p", { class: "soft small", text: `reference: ${reference} · chrF ${score}` }));
  parts.push(make("table", {}, make("thead", {}, make("tr", {}, make("td"), ...columns)), make("tbody", {}, ...rows)));
  document.getElementById("maps").append(make("section", { class: "card map" }, ...parts));
}
