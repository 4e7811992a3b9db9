// What the pages do in the browser: a copy button on each block of code, and matters of width.

// The code of a block alone, without prompts and without output.
function codeOf(text) {
  const lines = text.trimEnd().split("\n");
  if (!lines.some((line) => /^(>>>|\$) /.test(line))) return text;
  const kept = [];
  let inCode = false; // "..." goes on with code only after a line of code: else it is output
  for (const line of lines) {
    const found = /^(>>> ?|\$ )(.*)$/.exec(line) ?? (inCode && /^(\.\.\. ?)(.*)$/.exec(line));
    inCode = Boolean(found);
    if (!found) continue;
    // Python's prompt wants a blank line after an indented block.
    if (line.startsWith(">>>") && /^\s/.test(kept.at(-1) ?? "")) kept.push("");
    kept.push(found[2].replace(/\s*# doctest:.*$/, ""));
  }
  if (/^\s/.test(kept.at(-1))) kept.push("");
  return kept.join("\n") + "\n";
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea"); // a page that came without encryption
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

for (const pre of document.querySelectorAll("div.highlight > pre")) {
  if (pre.closest(".cell_output, .highlight-text, .highlight-none")) continue;
  const text = pre.textContent;
  const button = document.createElement("button");
  button.className = "copy";
  button.type = "button";
  button.textContent = "copy";
  button.title = "Copy the code, without prompts and output";
  button.addEventListener("click", async () => {
    await copy(codeOf(text));
    button.textContent = "copied";
    setTimeout(() => (button.textContent = "copy"), 1500);
  });
  pre.parentElement.append(button);
}

// Long lines wrap. But a table of text is scrolled, for its lines would no longer be lines.
for (const pre of document.querySelectorAll("div.highlight > pre")) {
  const columns = pre.textContent.split("\n").filter((line) => /\S {2,}\S.* {2,}\S/.test(line));
  if (columns.length >= 3) pre.style.whiteSpace = "pre";
}

// A plot shrinks to its column down to 0.6 of its size. A wider one is scrolled.
function fit(plot) {
  plot.style.maxWidth = `max(100%, ${0.6 * plot.naturalWidth}px)`;
}
for (const plot of document.querySelectorAll("div.cell_output img")) {
  if (plot.complete) fit(plot);
  else plot.addEventListener("load", () => fit(plot));
}

// Sphinx drops signs from what is searched for. So each of these is searched for as its word.
const WORDS = { "∂": "derivative", "∇": "gradient", "√": "sqrt", "∞": "infinite" };
if (typeof splitQuery !== "undefined") {
  const split = splitQuery;
  splitQuery = (query) => split(query.replace(/[∂∇√∞]/g, (sign) => ` ${WORDS[sign]} `));
}

// "--encoding" would be broken after its hyphens. In a table that may be, as its columns are narrow.
for (const code of document.querySelectorAll("code")) {
  if (/^\S{1,20}$/.test(code.textContent) && !code.closest("td")) code.classList.add("short");
}
