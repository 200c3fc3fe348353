// A page renews itself in place: elements with data-part are exchanged for those of a fresh copy.

import { page } from "./send.js";

/** Exchange every part that differs; `keep(old, fresh)` may hold one back. */
export function swap(html, keep = () => false) {
  const copy = new DOMParser().parseFromString(html, "text/html");
  for (const fresh of copy.querySelectorAll("[data-part]")) {
    const old = document.querySelector(`[data-part="${CSS.escape(fresh.dataset.part)}"]`);
    if (!old || old.isEqualNode(fresh) || keep(old, fresh)) continue;
    const focused = pathOf(old, document.activeElement);
    old.replaceWith(fresh);
    if (focused) fresh.querySelector(focused)?.focus({ preventScroll: true });
  }
}

/** Fetch this page again and exchange its parts. */
export async function renew(keep) {
  const fresh = await page(location.href);
  if (fresh) swap(fresh.html, keep);
}

/** A selector for the focused element that also fits the fresh copy. */
export function pathOf(root, element) {
  if (!element || !root.contains(element) || element === root) return "";
  if (element.id) return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute("href");
  if (href) return `[href="${CSS.escape(href)}"]`;
  const data = Object.keys(element.dataset)[0];
  const attribute = data && `data-${data.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
  return attribute ? `[${attribute}="${CSS.escape(element.dataset[data])}"]` : "";
}
