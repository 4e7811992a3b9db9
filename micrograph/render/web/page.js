// What the page of a graph does: it draws the numbers, steps through the sweeps, and listens.
const shapes = { nodes: [...root.querySelectorAll("g.node")], edges: [...root.querySelectorAll("g.edge")] };
const owner = new Map(drawn.flatMap((d, i) => d.members.map(m => [m, i]))); // by node: where it is drawn
let now = start, at = steps.length - 1, timer = 0, hovered = -1;
const changed = new Map(); // leaves with another value than the page was made with

// ---- what is drawn

// By edge, the uses that it stands for: [the node that uses, the place of the operand].
const uses = edges.map(e => {
  if (!graph.numbers || !drawn[e.from].members.length) return [];
  return drawn[e.to].members.flatMap(m => nodes.operands[m].flatMap((k, place) =>
    !Array.isArray(k) && owner.get(k) === e.from ? [[m, place]] : []));
});
const many = e => drawn[e.from].members.length * drawn[e.to].members.length > 1;

function partialText(e, pairs) {
  const texts = pairs.map(([m, place]) => show(now.partials[m][place]));
  if (many(e)) return listed(texts);
  const more = texts.length > 3 ? ` + … (${texts.length} terms)` : "";
  return texts[0] + texts.slice(1, 3).map(d => (d[0] === "-" ? " - " + d.slice(1) : " + " + d)).join("") + more;
}

// The product that is formed along an edge, in symbols, in numbers, and its result. What several
// uses hand to one node is summed. Several nodes that are drawn as one receive a product each.
function product(e, pairs) {
  const handed = ([m, place]) => {
    const row = table[nodes.rows[m]];
    return slopes(row, place) ? term(now.adjoints[m], now.partials[m][place], row) : 0;
  };
  const user = drawn[e.to].short, symbols = `d${graph.output}/d${user} · ∂${user}/∂${drawn[e.from].short}`;
  if (drawn[e.from].members.length > 1) return { symbols, numbers: listed(pairs.map(use => show(handed(use)))), total: "" };
  const total = show(pairs.map(handed).reduce(plus, undefined));
  if (many(e)) return { symbols: `${symbols} + …`, numbers: `${show(handed(pairs[0]))} + … (${pairs.length} terms)`, total };
  const d = partialText(e, pairs), factor = x => (/ |^-/.test(x) ? `(${x})` : x);
  return { symbols, numbers: `${show(now.adjoints[pairs[0][0]])} · ${factor(d)}`, total };
}
const equal = (...sides) => sides.filter(side => side !== "").join(" = ");

function wrapped(text, width) {
  const lines = [];
  for (; text.length > width; text = text.slice(lines[lines.length - 1].length)) {
    lines.push(text.slice(0, text.lastIndexOf(" ", width - 1) + 1 > width / 2 ? text.lastIndexOf(" ", width - 1) + 1 : width));
  }
  return [...lines, text];
}

// Put a text into the lines that stand ready for it, squeezed if it is wider than its box.
function write(lines, text, width, room) {
  const parts = wrapped(text, width);
  lines.forEach((line, i) => {
    const part = i === lines.length - 1 ? parts.slice(i).join("") : parts[i] ?? "";
    if (line.textContent === part) return;
    line.textContent = part;
    line.removeAttribute("textLength");
    if (room && line.getComputedTextLength() > room) {
      line.setAttribute("textLength", room);
      line.setAttribute("lengthAdjust", "spacingAndGlyphs");
    }
  });
}

const value = d => listed(d.members.map(m => show(now.data[m])));
const gradient = d => listed(d.members.map(m => show(now.adjoints[m])));
const exact = x => (x === null ? "–" : String(x).replace("Infinity", "inf").replace("NaN", "nan"));

function described(d) {
  const first = d.members[0], name = nodes.names[first];
  const text = `${name} = ${exact(now.data[first])}` + (graph.root < 0 ? "" : `, d${graph.output}/d${name} = ${exact(now.adjoints[first])}`);
  return d.members.length > 1 ? `${d.members.length} nodes, the first: ${text}` : text;
}

function writeNumbers() {
  if (!graph.numbers) return;
  drawn.forEach((d, i) => {
    if (!d.members.length) return;
    const shape = shapes.nodes[i], room = shape.querySelector(".box").width.baseVal.value - 6;
    write(shape.querySelectorAll(".value"), value(d), 34, room);
    write(shape.querySelectorAll(".grad"), `d${graph.output}/d${d.short} = ${gradient(d)}`, 34, room);
    shape.querySelector("title").textContent = described(d);
    shape.setAttribute("aria-label", described(d));
  });
  edges.forEach((e, i) => {
    const texts = shapes.edges[i].querySelectorAll(".partial");
    if (texts.length && uses[i].length) write(texts, `∂${e.y}/∂${e.x} = ${partialText(e, uses[i])}`, 30);
  });
}

// Blue below 0, orange above, as strong as the gradient is beside the largest that is finite.
function colour() {
  const on = find("tint").checked, largest = Math.max(...now.adjoints.map(g => (Number.isFinite(g) ? Math.abs(g) : 0)));
  find("legend").hidden = !on;
  root.classList.toggle("tinted", on);
  find("least").textContent = show(-largest);
  find("most").textContent = show(largest);
  drawn.forEach((d, i) => {
    const box = shapes.nodes[i].querySelector(".box");
    if (!box) return;
    const g = d.members.map(m => now.adjoints[m]).reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    const share = Number.isFinite(g) ? Math.abs(g) / (largest || 1) : g === null || Number.isNaN(g) ? 0 : 1;
    const shown = on && at >= d.gradient;
    box.style.fill = shown ? `color-mix(in oklab, var(${g < 0 ? "--minus" : "--plus"}) ${100 * share}%, var(--zero))` : "";
  });
}

// ---- the steps

const names = { forward: "Forward sweep", backward: `Backward sweep, where dx is d${graph.output}/dx`, start: "The leaves", end: "All gradients" };

function lineOf(step, active) {
  if (!changed.size) return step.line;
  if (step.way === "start" || step.way === "end") return summary(step.way === "end");
  const d = drawn[step.at];
  if (step.way === "forward") return `${d.short} = ${d.formula ? d.formula + " = " : ""}${value(d)}`;
  if (!active.length) return `d${graph.output}/d${d.short} = ${gradient(d)}`;
  const parts = active.map(i => product(edges[i], uses[i])), sum = key => parts.map(p => p[key]).join(" + ");
  return `d${graph.output}/d${d.short} = ${sum("symbols")} = ${sum("numbers")} = ${gradient(d)}`;
}

function summary(gradients) {
  const leaves = drawn.filter(d => d.leaf).slice(0, 8);
  return leaves.map(d => (gradients ? `d${graph.output}/d${d.short} = ${gradient(d)}` : `${d.short} = ${value(d)}`)).join(", ");
}

function render() {
  const step = steps[at], backward = step.way === "backward", said = [];
  drawn.forEach((d, i) => {
    const shape = shapes.nodes[i];
    shape.classList.toggle("active", step.at === i);
    shape.querySelectorAll(".value").forEach(text => text.classList.toggle("later", at < d.value));
    shape.querySelectorAll(".grad").forEach(text => text.classList.toggle("later", at < d.gradient));
  });
  const active = [];
  edges.forEach((e, i) => {
    const on = backward ? e.from === step.at && uses[i].length > 0 : step.way === "forward" && e.to === step.at;
    shapes.edges[i].classList.toggle("active", on);
    shapes.edges[i].querySelectorAll(".partial").forEach(text => text.classList.toggle("later", at < drawn[e.to].value));
    const formed = on && backward ? product(e, uses[i]) : null;
    const text = shapes.edges[i].querySelector(".product");
    if (text) write([text], formed ? equal(formed.numbers, formed.total) : "", 60);
    if (formed) { active.push(i); said.push(equal(formed.symbols, formed.numbers, formed.total)); }
  });
  find("phase").textContent = `Step ${at} of ${steps.length - 1}: ${names[step.way]}`;
  const line = lineOf(step, active);
  if (find("line").textContent !== line) find("line").textContent = line;
  find("products").replaceChildren(...said.map(text => made("li", {}, text)));
  find("step").value = at;
  find("step").setAttribute("aria-valuetext", `${at} of ${steps.length - 1}, ${names[step.way]}${step.at < 0 ? "" : ", " + drawn[step.at].name}`);
  colour();
}

function go(k) {
  at = Math.max(0, Math.min(steps.length - 1, k));
  render();
  if (steps[at].at >= 0) bringIntoView(shapes.nodes[steps[at].at]);
}

// Only the picture scrolls. scrollIntoView would move the whole page, too.
function bringIntoView(shape) {
  const inner = shape.getBoundingClientRect(), outer = find("picture").getBoundingClientRect();
  if (inner.left < outer.left || inner.right > outer.right) find("picture").scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  if (inner.top < outer.top || inner.bottom > outer.bottom) find("picture").scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
}

function play(on) {
  clearInterval(timer);
  timer = 0;
  if (on) {
    if (at === steps.length - 1) go(0);
    timer = setInterval(() => { go(at + 1); if (at === steps.length - 1) play(false); }, 1200);
  }
  const button = root.querySelector("[data-do=play]");
  button.textContent = on ? "Stop" : "Play";
  button.setAttribute("aria-label", on ? "Stop" : "Play");
}

// ---- leaves

function made(tag, attributes, text) {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, x]) => element.setAttribute(name, x));
  if (text !== undefined) element.textContent = text;
  return element;
}

const controls = new Map();

function addLeaf(leaf) {
  if (controls.has(leaf)) return;
  const x = start.data[leaf], span = Number.isFinite(x) ? Math.max(1, 2 * Math.abs(x)) : 10, middle = Number.isFinite(x) ? x : 0;
  const name = drawn[owner.get(leaf)].short, row = made("div", { class: "mg-leaf" });
  const range = made("input", { type: "range", min: middle - span, max: middle + span, step: span / 200, "aria-label": `${name}, slider` });
  const field = made("input", { type: "number", step: "any", "aria-label": `${name}, number` });
  range.value = field.value = x;
  range.addEventListener("input", () => { field.value = general(Number(range.value), 10); set(leaf, Number(field.value)); });
  field.addEventListener("input", () => { if (field.value !== "") { range.value = field.value; set(leaf, Number(field.value)); } });
  row.append(made("span", { title: name }, name), range, field);
  find("leaves").append(row);
  controls.set(leaf, { range, field });
  find("which").append(made("option", { value: leaf }, name));
}

function set(leaf, x) {
  changed.set(leaf, x);
  if (Object.is(x, start.data[leaf])) changed.delete(leaf);
  find("which").value = leaf;
  refresh();
}

function refresh() {
  now = computed(changed);
  root.querySelector("[data-do=reset]").disabled = !changed.size;
  const born = nodes.operands.findIndex((operands, i) => now.data[i] !== null && !Number.isFinite(now.data[i]) && operands.every(k => Array.isArray(k) || Number.isFinite(now.data[k])));
  const note = graph.why || stuck(now.data) || (changed.size && born >= 0 ? `${nodes.names[born]} is ${show(now.data[born])} here` : "");
  if (find("note").textContent !== note) find("note").textContent = note;
  writeNumbers();
  render();
  nudge();
  if (hovered >= 0) tell(hovered);
}

// Which node can't be recomputed, and why; "" if all can.
function stuck(data) {
  const i = nodes.rows.findIndex((row, k) => row >= 0 && data[k] === null && table[row].lacking);
  return i < 0 ? "" : `${nodes.names[i]} can't be recomputed in the page: ${table[nodes.rows[i]].lacking}`;
}

function nudge() {
  if (find("which").value === "" || graph.root < 0) return;
  const leaf = Number(find("which").value), by = Number(find("by").value), name = drawn[owner.get(leaf)].short;
  const J = graph.output, before = now.data[graph.root];
  const nudged = computed(new Map(changed).set(leaf, now.data[leaf] + by)).data, after = nudged[graph.root];
  const slope = before === null || after === null ? null : (after - before) / by;
  find("nudged").textContent = by === 0 || !Number.isFinite(by) ? "Nudge by a number other than 0." :
    stuck(nudged) || `${J}: ${show(before)} → ${show(after)}\nΔ${J}/Δ${name} = ${show(slope)}\nd${J}/d${name} = ${show(now.adjoints[leaf])}`;
}

// ---- a node that is pointed at

function tell(i) {
  const on = new Set([i]), queue = [i];
  for (const k of queue) edges.forEach(e => { if (e.from === k && !on.has(e.to)) { on.add(e.to); queue.push(e.to); } });
  shapes.nodes.forEach((shape, k) => shape.classList.toggle("path", i >= 0 && on.has(k)));
  shapes.edges.forEach((shape, k) => shape.classList.toggle("path", i >= 0 && on.has(edges[k].from)));
  hovered = i;
  if (i >= 0) find("node").textContent = shapes.nodes[i].querySelector("title").textContent.replace(", d", "\nd");
}

shapes.nodes.forEach((shape, i) => {
  if (!drawn[i].members.length) return;
  const chosen = () => {
    const leaf = drawn[i].members[0];
    if (!drawn[i].leaf || drawn[i].members.length > 1 || !graph.live) return;
    addLeaf(leaf);
    find("which").value = leaf;
    nudge();
    controls.get(leaf).field.focus();
  };
  for (const event of ["pointerenter", "focus"]) shape.addEventListener(event, () => tell(i));
  for (const event of ["pointerleave", "blur"]) shape.addEventListener(event, () => tell(-1));
  shape.addEventListener("click", chosen);
  shape.addEventListener("keydown", event => { if (event.key === "Enter") { event.preventDefault(); chosen(); } });
});

// ---- zoom and pan

const svg = root.querySelector("svg"), size = svg.viewBox.baseVal;
let zoom = 1;

function zoomTo(z, x = find("picture").clientWidth / 2, y = find("picture").clientHeight / 2) {
  const picture = find("picture"), before = zoom;
  zoom = Math.max(0.1, Math.min(8, z));
  svg.setAttribute("width", size.width * zoom);
  svg.setAttribute("height", size.height * zoom);
  picture.scrollLeft = (picture.scrollLeft + x) * zoom / before - x; // what is under the pointer stays there
  picture.scrollTop = (picture.scrollTop + y) * zoom / before - y;
}

// As large as the room allows, from letters that can be read to those half as large again as in draw.
const fit = least => zoomTo(Math.max(least, Math.min((find("picture").clientWidth - 2) / size.width, 0.75 * innerHeight / size.height, 1.6)));

find("picture").addEventListener("wheel", event => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  const box = find("picture").getBoundingClientRect();
  zoomTo(zoom * Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });
find("picture").addEventListener("pointerdown", event => {
  if (event.button || event.pointerType === "touch" || event.target.closest(".node[role]")) return; // fingers scroll as it is
  const picture = find("picture"), from = [event.clientX + picture.scrollLeft, event.clientY + picture.scrollTop];
  const move = e => { picture.scrollLeft = from[0] - e.clientX; picture.scrollTop = from[1] - e.clientY; };
  picture.classList.add("dragged");
  addEventListener("pointermove", move);
  addEventListener("pointerup", () => { picture.classList.remove("dragged"); removeEventListener("pointermove", move); }, { once: true });
});

// ---- buttons and keys

const actions = {
  first: () => go(0), back: () => go(at - 1), on: () => go(at + 1), last: () => go(steps.length - 1), play: () => play(!timer),
  in: () => zoomTo(zoom * 1.25), out: () => zoomTo(zoom / 1.25), fit: () => fit(0.1),
  reset: () => { changed.clear(); controls.forEach(({ range, field }, leaf) => { range.value = field.value = start.data[leaf]; }); refresh(); },
};
root.addEventListener("click", event => {
  const what = event.target.closest("[data-do]")?.dataset.do;
  if (what && what !== "play") play(false);
  actions[what]?.();
});
const keys = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last", " ": "play" };
(graph.alone ? document : root).addEventListener("keydown", event => {
  const typing = event.target.closest?.("input, select"), pressing = event.key === " " && event.target.closest?.("button");
  if (!keys[event.key] || typing || pressing || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  if (event.key !== " ") play(false);
  actions[keys[event.key]]();
});
// JupyterLab takes keys for itself, unless the very element that has the focus says so.
root.addEventListener("focusin", event => { event.target.dataset.lmSuppressShortcuts = "true"; });
find("step").max = steps.length - 1;
find("step").addEventListener("input", () => { play(false); go(Number(find("step").value)); });
find("tint").addEventListener("change", colour);
find("which").addEventListener("change", nudge);
find("by").addEventListener("input", nudge);

root.querySelectorAll(".mg-bar, .mg-side").forEach(part => { part.hidden = false; });
if (graph.live) drawn.filter(d => d.leaf && d.members.length === 1).slice(0, 12).forEach(d => addLeaf(d.members[0]));
find("nudging").hidden = !controls.size || graph.root < 0;
find("tint").closest(".mg-group").hidden = graph.root < 0 || !graph.numbers;
refresh();
fit(0.8);
