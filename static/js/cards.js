// SIM cards of an order, scanned one after the other: each goes to the next number without one.

import { clear, show } from "./notices.js";
import { renew } from "./parts.js";
import { post, Refused } from "./send.js";

let scanning = Promise.resolve();

const form = () => document.querySelector("form[data-cards]");
const field = () => form()?.querySelector("input[name=iccid]");
const isWanted = () => form() && !form().closest("[data-part]").hidden;

async function scan(iccid) {
  const { action } = form();
  try {
    await post(action, new URLSearchParams({ iccid }));
    clear();
    await renew();
  } catch (error) {
    if (!(error instanceof Refused)) return show(error);
    form().querySelector("[data-card-error]").textContent = `${error.message}${error.todo}`;
    field().classList.add("is-invalid");
  }
  if (isWanted()) field().focus();
}

// The list renews itself, and the form with it: the listener is the page's.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-cards]")) return;
  event.preventDefault();
  const iccid = field().value;
  // Free for the next card at once: a scanner does not wait.
  field().value = "";
  if (iccid) scanning = scanning.then(() => scan(iccid));
});

// A scan that comes while another control has the focus belongs into the field all the same.
document.addEventListener("keydown", (event) => {
  if (!/^[0-9]$/.test(event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
  if (!isWanted() || document.activeElement.matches("input, select, textarea")) return;
  field().focus();
});
