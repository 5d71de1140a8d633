// What HTMX and HTML do not do by themselves. Every page works without this file.
(() => {
  const focusOn = (element) => {
    if (!element.hasAttribute("tabindex")) element.tabIndex = -1;
    element.focus();
  };

  // A hint becomes a count: seen at once, and told to screen readers once the typing pauses.
  const count = (box) => {
    const line = document.getElementById(box.id + "-count");
    if (!line) return;
    const left = box.dataset.limit - [...box.value.replace(/\r?\n/g, "\n")].length;
    line.textContent = line.dataset[left < 0 ? "over" : "left"].replace("{n}", Math.abs(left));
    line.classList.toggle("count--over", left < 0);
  };

  const arrive = (root) => {
    for (const button of root.querySelectorAll("[data-print]")) button.hidden = false;
    if (navigator.clipboard) for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
    for (const box of root.querySelectorAll("[data-limit]")) count(box);
    const first = root.querySelector("[data-focus]");
    if (first) focusOn(first);
  };
  arrive(document);

  // What is folded away on the screen belongs on the printed sheet.
  addEventListener("beforeprint", () => document.querySelectorAll("main details").forEach((part) => (part.open = true)));

  let pause;
  document.addEventListener("input", ({ target }) => {
    if (!target.dataset.limit) return;
    count(target);
    clearTimeout(pause);
    pause = setTimeout(() => {
      const line = document.getElementById(target.id + "-count");
      line.setAttribute("role", "status");
      line.textContent += " ";
    }, 1500);
  });

  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-print]")) window.print();
    const copier = target.closest("[data-copy]");
    if (copier) {
      const text = document.getElementById(copier.dataset.copy).textContent;
      navigator.clipboard.writeText(text).then(() => (copier.textContent = copier.dataset.copied));
    }
    // A link in an error summary goes to the control itself, label in view, without losing what was typed.
    const link = target.closest(".govuk-error-summary a[href^='#']");
    const control = link && document.getElementById(link.hash.slice(1));
    if (!control) return;
    (control.closest(".govuk-form-group") || control).scrollIntoView();
    control.focus({ preventScroll: true });
  });

  // A whole page that answers a request for a fragment (a refusal, the step after a form) replaces the page, not the
  // row, and its address is shown. A fault of ours (5xx) does not: what was typed is still on the page.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status >= 500 || !/^\s*<!doctype/i.test(detail.serverResponse)) return;
    detail.shouldSwap = true;
    detail.isError = false;
    detail.target = document.body;
    detail.swapOverride = "innerHTML show:window:top";
    const asked = new URL(detail.pathInfo.finalRequestPath, location).href;
    if (detail.xhr.status < 400 && detail.xhr.responseURL !== asked) {
      history.replaceState({ htmx: true }, "");
      history.pushState({ htmx: true }, "", detail.xhr.responseURL);
    }
  });

  // After a swap, focus goes to the errors, stays on the button pressed (HTMX does that by id), or goes to the new part.
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    const place = detail.target.isConnected ? detail.target : detail.elt;
    arrive(place);
    if (document.activeElement === document.body) focusOn(place.querySelector("h1") || place);
  });

  const forget = () => document.querySelectorAll(".failed").forEach((line) => line.remove());
  const fail = ({ detail }) => {
    forget();
    const line = document.createElement("p");
    const { notLoaded, notSaved } = document.body.dataset;
    line.className = "failed";
    line.setAttribute("role", "alert");
    line.textContent = detail.requestConfig.verb === "get" ? notLoaded : notSaved;
    (detail.elt.isConnected ? detail.elt : document.getElementById("status")).after(line);
  };
  document.addEventListener("htmx:beforeRequest", forget);
  for (const name of ["sendError", "responseError", "timeout"]) document.addEventListener("htmx:" + name, fail);
})();
