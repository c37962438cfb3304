// Long tables can be searched by the name of a row, and sorted by any column. Without scripts they are read whole.
for (const box of document.querySelectorAll("details.long")) {
  const body = box.querySelector("tbody");
  const rows = [...body.rows];
  const find = box.querySelector(".find");
  const [input, status] = [find.querySelector("input"), find.querySelector("[role=status]")];
  find.hidden = false;
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    status.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  });
  const read = (row, place) => {
    const text = row.cells[place].textContent.trim();
    const number = parseFloat(text.replace(/,/g, ""));
    return place && !Number.isNaN(number) ? number : text;
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return typeof a === typeof b ? a.localeCompare(b) : typeof a === "number" ? 1 : -1;
  };
  const heads = [...box.querySelectorAll("thead th")];
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const order = before ? (before === "ascending" ? "descending" : "ascending") : place ? "descending" : "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      body.append(...[...rows].sort((a, b) => sign * compare(read(a, place), read(b, place))));
    });
  });
}
addEventListener("beforeprint", () => {
  for (const box of document.querySelectorAll("details.long")) box.open = true;
});
