// Papers from addresses, as in `#title=...&abstract=...`, and the bookmark that opens such an address.

import { $ } from "./dom.js";

const FIELDS = ["title", "abstract"];

/** Take the paper that the address has, if it has one. */
function openAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (!FIELDS.some((name) => given.get(name))) return;
  for (const name of FIELDS) $(name).value = given.get(name) ?? "";
  $("title").dispatchEvent(new Event("input"));
}

/** Runs on a paper's page at arXiv: what it says of itself, else what it shows. */
function openPage(page) {
  const read = (name, shown) => {
    const element = document.querySelector(shown)?.cloneNode(true);
    element?.querySelector(".descriptor")?.remove();
    return (document.querySelector(`meta[name=citation_${name}]`)?.content || element?.textContent || "").trim();
  };
  const title = encodeURIComponent(read("title", "h1.title"));
  open(`${page}#title=${title}&abstract=${encodeURIComponent(read("abstract", "blockquote.abstract"))}`);
}

const page = location.href.replace(/#.*/s, "");
$("bookmarklet").href = `javascript:${encodeURIComponent(`(${openPage})(${JSON.stringify(page)});void 0`)}`;
$("bookmarklet").addEventListener("click", (event) => {
  event.preventDefault();
  $("drag").textContent = "Drag it to the bar of bookmarks, or bookmark its address: here it does nothing.";
});
addEventListener("hashchange", openAddress);
openAddress();
