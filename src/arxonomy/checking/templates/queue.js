// Decisions are kept in the page until they are saved as JSON lines; each line is made of what Python has written.
const papers = JSON.parse(document.getElementById("papers").textContent);
const form = document.getElementById("queue");
const status = document.querySelector("footer [role=status]");
const save = document.querySelector("footer button");
let unsaved = false;

const collect = () =>
  papers.flatMap((own, place) => {
    const decision = form.elements[`decision-${place + 1}`].value;
    return decision in own ? [{ ...own.paper, ...own[decision] }] : [];
  });

const show = () => {
  const count = collect().length;
  status.textContent = `${count} of ${papers.length} decided${unsaved ? ", not saved" : ""}`;
  save.disabled = count === 0;
};

form.addEventListener("change", () => {
  unsaved = true;
  show();
});

form.addEventListener("submit", (event) => event.preventDefault()); // the key Enter

save.addEventListener("click", () => {
  const lines = collect().map((line) => `${JSON.stringify(line)}\n`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(lines, { type: "application/x-ndjson" }));
  link.download = "decisions.jsonl";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  unsaved = false;
  show();
});

addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

document.querySelector("footer").hidden = papers.length === 0;
show();
