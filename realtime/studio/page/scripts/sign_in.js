// Says the token to the server. A link may bring it along behind its #, which browsers keep to themselves.
const form = document.getElementById("form"), token = document.getElementById("token"), said = document.getElementById("said");

const BRINGS = "#token=";
const brought = location.hash.startsWith(BRINGS) ? decodeURIComponent(location.hash.slice(BRINGS.length)) : "";
const next = brought ? "/" : `/${location.hash}`;
if (brought) history.replaceState(null, "", location.pathname);

async function signIn(word) {
  said.textContent = "";
  try {
    const answer = await fetch("/sign-in", { method: "POST", headers: { "Content-Type": "text/plain" }, body: word });
    if (answer.ok) { location.replace(next); return; }
    said.textContent = (await answer.json()).error;
  } catch {
    said.textContent = "The studio does not answer.";
  }
  token.select();
}

form.addEventListener("submit", (event) => { event.preventDefault(); signIn(token.value.trim()); });

// Links in mails come from another site, to which browsers tell no cookie; from here they tell it.
if (brought) signIn(brought);
else if ((await fetch("/api/commands")).ok) location.replace(next);
else token.focus();
