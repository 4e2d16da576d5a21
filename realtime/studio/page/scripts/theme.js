// Dark or light, before the first paint: what the visitor chose, else what the system says.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const apply = () => {
    const chosen = stored();
    if (chosen) root.dataset.theme = chosen; else delete root.dataset.theme;
    root.dataset.shown = chosen ?? (dark.matches ? "dark" : "light");
    const button = document.getElementById("theme-button");
    button?.setAttribute("aria-pressed", String(root.dataset.shown === "dark"));
  };
  dark.addEventListener("change", apply);
  apply();
  addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme-button")?.addEventListener("click", () => {
      const other = root.dataset.shown === "dark" ? "light" : "dark";
      try { localStorage.setItem("theme", other); } catch { root.dataset.theme = other; }
      apply();
    });
  });
})();
