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

// The diagnostic: the first option that is opened counts for its question. Without a script the page is whole too.
document.addEventListener("DOMContentLoaded", () => {
  const options = [...document.querySelectorAll("details[data-question]")];
  const questions = new Set(options.map((option) => option.dataset.question));
  const first = new Map();

  function show() {
    for (const score of document.querySelectorAll(".diagnostic-score")) {
      const ofPart = options.filter((option) => option.dataset.part === score.dataset.part);
      const asked = new Set(ofPart.map((option) => option.dataset.question));
      const given = [...asked].filter((question) => first.has(question));
      const right = given.filter((question) => first.get(question)).length;
      if (given.length === asked.size) {
        const enough = right >= Number(score.dataset.enough);
        score.textContent = `${right} of ${asked.size} right: ${enough ? "you may pass over it" : "begin here"}.`;
      } else {
        score.textContent = given.length ? `${given.length} of ${asked.size} answered.` : "";
      }
    }
    document.getElementById("diagnostic-so-far").textContent =
      `You have answered ${first.size} of ${questions.size} questions.`;
  }

  for (const option of options) {
    option.addEventListener("toggle", () => {
      if (option.open && !first.has(option.dataset.question)) {
        first.set(option.dataset.question, option.dataset.right === "true");
        show();
      }
    });
  }
});

// A menu on a telephone that closes gives the focus back to the button that opened it (WCAG 2.4.3).
document.addEventListener("DOMContentLoaded", () => {
  for (const side of ["primary", "secondary"]) {
    document.getElementById(`pst-${side}-sidebar-modal`)?.addEventListener("close", () => {
      const buttons = [...document.querySelectorAll(`button.${side}-toggle`)];
      buttons.find((button) => button.offsetParent !== null)?.focus();
    });
  }
});
