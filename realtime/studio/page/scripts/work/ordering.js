// What the two pages that order work have in common.
import { ask, limits } from "./api.js";
import { remember } from "./jobs.js";

/** form: of an order; order: makes its JSON, or throws an Error that tells what is missing; onOrdered: called after */
export function takeOrders(form, order, onOrdered) {
  const said = form.querySelector("[data-said]"), button = form.querySelector("button[type=submit]");
  limits.then((bounds) => { for (const field of form.querySelectorAll("[data-mail]")) field.hidden = !bounds?.mails; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "";
    button.disabled = true;
    try {
      const wanted = order(), mail = form.querySelector("input[type=email]").value.trim();
      const job = await ask("POST", "/api/jobs", mail ? { ...wanted, email: mail } : wanted);
      remember(job, wanted.files ?? []);
      onOrdered();
    } catch (error) {
      said.textContent = error.message;
    }
    button.disabled = false;
  });
  return (text) => { said.textContent = text; };
}

export function need(condition, sentence) {
  if (!condition) throw new Error(sentence);
}
