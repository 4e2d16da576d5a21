// One job, by its link.
import { ask } from "./api.js";
import { make } from "./elements.js";
import { isOver, JobCard } from "./jobs.js";

const place = document.getElementById("job-place");
let events = null;

/** id, key: from the link */
export async function show(id, key) {
  events?.close();
  const mine = await ask("GET", `/api/jobs/${id}`).then(() => true, () => false);
  const card = new JobCard(() => {}, mine);
  place.replaceChildren(card.element);
  try {
    card.show(await ask("GET", `/api/jobs/${id}?key=${encodeURIComponent(key)}`));
  } catch (error) {
    place.replaceChildren(make("p", { className: "empty muted" }, error.message));
    return;
  }
  events = new EventSource(`/api/jobs/${id}/events?key=${encodeURIComponent(key)}`);
  events.onmessage = ({ data }) => {
    const job = JSON.parse(data);
    card.show(job);
    if (isOver(job)) events.close();
  };
}
