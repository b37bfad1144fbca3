// A tip that covers the text must go away without moving the pointer (WCAG 1.4.13).
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && window.tippy) {
    window.tippy.hideAll();
  }
});

// A tip may hold a formula, on a page too that has none and so has not loaded what sets formulas.
const beside = document.currentScript.src;

async function setFormulas(tip) {
  if (!window.MathJax?.startup) {
    window.MathJax = { startup: { typeset: false } };
    await new Promise((done) => {
      const script = document.createElement("script");
      script.src = new URL("mathjax/tex-chtml.js", beside).href;
      script.addEventListener("load", done);
      document.head.append(script);
    });
  }
  await window.MathJax.startup.promise;
  await window.MathJax.typesetPromise(tip.querySelectorAll(".math"));
}

document.addEventListener("DOMContentLoaded", () => {
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (node.matches?.("[data-tippy-root]") && node.querySelector(".math:not(:has(mjx-container))")) {
        setFormulas(node);
      }
    }
  }).observe(document.body, { childList: true, subtree: true });
});
