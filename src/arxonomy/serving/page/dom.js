// Elements from names, attributes and children. Text only ever becomes text nodes.

export const $ = (id) => document.getElementById(id);

/** An element of HTML; `attributes.on` holds listeners. */
export const el = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

/** An element of SVG. */
export const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

function fill(element, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children);
  return element;
}

/** A text without halves of characters, which cannot be sent. */
export const toWellFormed = (text) => text.replace(/\p{Surrogate}/gu, "\ufffd");

export const formatNumber = (number) => number.toLocaleString("en");

/** A share as people read it: never 100% or 0% for what is not. */
export function formatPercent(share) {
  if (share > 0.995 && share < 1) return ">99%";
  if (share < 0.005 && share > 0) return "<1%";
  return `${Math.round(share * 100)}%`;
}
