// Text ⇄ image: a line of the text shows its box, a point on the image shows its line.

const MARGIN = 6;

export function tieTranscript(page, stage) {
  const pane = document.getElementById("text");
  const transcript = { pane, choose() {} };
  if (!pane) return transcript;
  const lines = [...pane.querySelectorAll(".line")];

  transcript.choose = (number, { scroll = true, show = true } = {}) => {
    lines.forEach((line, i) => line.classList.toggle("current", i === number));
    const rectangle = page.lines[number];
    stage.outline(rectangle);
    if (show && rectangle) stage.show(rectangle);
    if (scroll && lines[number]) bringIntoView(pane, lines[number]);
  };

  pane.addEventListener("click", (event) => {
    if (!window.getSelection().isCollapsed) return; // somebody is copying text
    const line = event.target.closest(".line");
    if (line) transcript.choose(lines.indexOf(line), { scroll: false });
  });
  stage.onPoint((x, y) => {
    const number = page.lines.findIndex(
      ([left, top, w, h]) => x >= left - MARGIN && x <= left + w + MARGIN && y >= top - MARGIN && y <= top + h + MARGIN,
    );
    if (number >= 0) transcript.choose(number, { show: false });
  });
  chooseLayouts(pane);
  return transcript;
}

// Scrolls the pane alone: scrollIntoView would move the whole page too.
export function bringIntoView(pane, element) {
  const inner = element.getBoundingClientRect();
  const outer = pane.getBoundingClientRect();
  pane.scrollBy({
    left: inner.left + inner.width / 2 - (outer.left + outer.width / 2),
    top: inner.top + inner.height / 2 - (outer.top + outer.height / 2),
  });
}

function chooseLayouts(pane) {
  const links = [...document.querySelectorAll("[data-layout][href]")];
  links.forEach((link) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      pane.dataset.layout = link.dataset.layout;
      links.forEach((other) =>
        other === link ? other.setAttribute("aria-current", "true") : other.removeAttribute("aria-current"),
      );
      history.replaceState(null, "", link.href + location.hash);
    }),
  );
}
