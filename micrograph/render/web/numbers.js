// The numbers of the graph: read from the page, computed anew, and written as Python writes them.
// ``root`` is the page's one element: all else is found inside it, so that several pages can stand
// in one notebook. ``rows`` are the rows of the table.
const find = name => root.querySelector(".mg-" + name);
const graph = JSON.parse(find("data").textContent);
const { nodes, drawn, edges, steps, table } = graph;
const number = x => (typeof x === "string" ? Number(x) : x); // JSON has no infinity and no NaN
const read = x => (Array.isArray(x) ? x.map(read) : x === null ? null : number(x));
const start = { data: read(nodes.data), partials: read(nodes.partials), adjoints: read(nodes.adjoints) };

// ---- numbers as text, as Python's pages and tables show them

// The number as %.{digits}g writes it. toExponential rounds a tie up, and Python to the even digit.
function general(x, digits) {
  let [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  const [exact, power] = x.toExponential(100).split("e");
  const all = exact.replace(/[-.]/g, "");
  if (/^50*$/.test(all.slice(digits)) && all[digits - 1] % 2 === 0) {
    [mantissa, exponent] = [exact.slice(0, exact.indexOf(".") + digits), power];
  }
  const e = Number(exponent), sign = x < 0 ? "-" : "", figures = mantissa.replace(/[-.]/g, "");
  const trimmed = text => (text.includes(".") ? text.replace(/\.?0*$/, "") : text);
  if (e < -4 || e >= digits) {
    const size = String(Math.abs(e)).padStart(2, "0");
    return sign + trimmed(figures[0] + "." + figures.slice(1)) + "e" + (e < 0 ? "-" : "+") + size;
  }
  if (e < 0) return sign + trimmed("0." + "0".repeat(-e - 1) + figures);
  return sign + trimmed(figures.slice(0, e + 1) + "." + figures.slice(e + 1));
}

function show(x) {
  if (x === null || x === undefined) return "–"; // what can't be recomputed
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x < 0 ? "-inf" : "inf";
  if (x === 0) return "0";
  const twelve = general(x, 12);
  return twelve.length <= 10 ? twelve : general(x, 6);
}

// Of many texts the first, … and the last; one if all are equal.
function listed(texts) {
  if (new Set(texts).size <= 1) return texts[0] ?? "";
  return (texts.length <= 2 ? texts : [texts[0], "…", texts[texts.length - 1]]).join(", ");
}

// ---- both sweeps

// All numbers, after some leaves have changed. What does not depend on those keeps its number.
// null stands for a number that can't be computed here.
function computed(leaves) {
  if (!leaves.size) return start;
  const data = start.data.slice(), partials = start.partials.slice(), dirty = new Set(leaves.keys());
  nodes.operands.forEach((operands, i) => {
    if (leaves.has(i)) data[i] = leaves.get(i);
    if (nodes.rows[i] < 0 || !operands.some(k => dirty.has(k))) return;
    dirty.add(i);
    const row = rows[table[nodes.rows[i]].name];
    const xs = operands.map(k => (Array.isArray(k) ? number(k[0]) : data[k]));
    const known = row && !table[nodes.rows[i]].lacking && !xs.includes(null);
    data[i] = known ? row.value(...xs) : null;
    partials[i] = known ? row.partials(data[i], ...xs) : xs.map(() => null);
  });
  return { data, partials, adjoints: swept(partials) };
}

// What a use hands back: 0 times anything is 0, and what was not chosen hands back nothing.
function term(g, d, row) {
  if (g === null || d === null) return null;
  return g === 0 || (row.choice && d === 0) ? 0 : g * d;
}

const plus = (a, b) => (a === undefined ? b : a === null || b === null ? null : a + b);
const slopes = (row, place) => row.slope === true || row.slope[place];

function swept(partials) {
  const adjoints = [];
  if (graph.root < 0) return adjoints;
  adjoints[graph.root] = 1;
  for (let i = graph.root; i >= 0; i--) {
    if (adjoints[i] === undefined || nodes.rows[i] < 0) continue;
    const row = table[nodes.rows[i]];
    nodes.operands[i].forEach((k, place) => {
      const d = partials[i][place];
      if (Array.isArray(k) || !slopes(row, place) || (row.choice && d === 0)) return;
      adjoints[k] = plus(adjoints[k], term(adjoints[i], d, row));
    });
  }
  return Array.from(nodes.names, (_, i) => (adjoints[i] === undefined ? 0 : adjoints[i]));
}
