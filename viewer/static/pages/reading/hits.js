// The matches of this page: shown one after another, on image and text alike.

import { bringIntoView } from "./transcript.js";

export function followHits(page, stage, transcript) {
  const chips = [...document.querySelectorAll(".hit-links .chip")];
  const status = document.getElementById("hit-status");
  const said = status ? status.textContent : "";
  let current = -1;

  function go(number) {
    if (number < 0 || number >= page.hits.length) return false;
    current = number;
    chips.forEach((chip, i) => (i === number ? chip.setAttribute("aria-current", "true") : chip.removeAttribute("aria-current")));
    document.querySelectorAll(".hit-mark").forEach((mark) => mark.classList.toggle("current", mark.id === `hit-${number + 1}`));
    const inText = transcript.pane ? [...transcript.pane.querySelectorAll("mark")] : [];
    inText.forEach((mark) => mark.classList.toggle("current", mark.dataset.hit === String(number + 1)));
    const first = inText.find((mark) => mark.dataset.hit === String(number + 1));
    if (first) bringIntoView(transcript.pane, first);
    stage.show(around(page.hits[number]));
    status.textContent = `${said} · ${number + 1} / ${page.hits.length}`;
    return true;
  }

  chips.forEach((chip, i) =>
    chip.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", chip.hash);
      go(i);
    }),
  );
  if (transcript.pane) {
    transcript.pane.addEventListener("click", (event) => {
      const mark = event.target.closest("mark");
      if (mark) go(Number(mark.dataset.hit) - 1);
    });
  }
  const asked = /^#hit-(\d+)$/.exec(location.hash);
  const begin = () => {
    if (!asked) return showFirst();
    window.scrollTo(0, 0); // the browser went to the mark; the page's head belongs to it
    return go(Number(asked[1]) - 1);
  };
  const showFirst = () => {
    const first = transcript.pane && transcript.pane.querySelector("mark");
    if (first) bringIntoView(transcript.pane, first);
  };
  if (stage.viewer) stage.viewer.addOnceHandler("open", () => setTimeout(begin));
  else begin();

  return {
    next: () => go(current + 1) || follow(page.hitAfter),
    previous: () => go(current - 1) || follow(page.hitBefore),
  };
}

function follow(address) {
  if (address) location.assign(address);
}

function around(boxes) {
  const left = Math.min(...boxes.map((b) => b[0]));
  const top = Math.min(...boxes.map((b) => b[1]));
  const right = Math.max(...boxes.map((b) => b[0] + b[2]));
  const bottom = Math.max(...boxes.map((b) => b[1] + b[3]));
  return [left, top, right - left, bottom - top];
}
