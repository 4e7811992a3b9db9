// A copy button on each block of code. It copies the code alone, without prompts and without output.

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
