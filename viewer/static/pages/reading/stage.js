// The image: OpenSeadragon over the image that the server sent, with the same marks on it.
// All boxes are [x, y, w, h] in pixels of the upright master, origin top-left.

const SVG = "http://www.w3.org/2000/svg";

export function openStage(page) {
  const deep = document.getElementById("deep");
  const sheet = document.getElementById("sheet");
  const marks = document.getElementById("marks");
  const box = document.createElementNS(SVG, "rect");
  box.setAttribute("class", "line-mark");
  box.setAttribute("visibility", "hidden");
  marks.append(box);

  const listeners = [];
  const stage = {
    viewer: null,
    onPoint: (listener) => listeners.push(listener),
    outline(rectangle) {
      box.setAttribute("visibility", rectangle ? "visible" : "hidden");
      if (rectangle) ["x", "y", "width", "height"].forEach((name, i) => box.setAttribute(name, rectangle[i]));
    },
    show(rectangle) {
      const viewer = stage.viewer;
      if (!viewer) return;
      const around = grown(rectangle, page.image);
      viewer.viewport.fitBounds(viewer.viewport.imageToViewportRectangle(...around));
    },
  };
  if (!window.OpenSeadragon) return stage;

  deep.hidden = false;
  deep.classList.add("opening");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const viewer = window.OpenSeadragon({
    element: deep,
    drawer: "canvas",
    tileSources: page.image,
    showNavigationControl: false,
    animationTime: still ? 0 : 0.6,
    immediateRender: still,
    visibilityRatio: 0.6,
    maxZoomPixelRatio: 3,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    keyboardNavEnabled: true,
    preserveImageSizeOnResize: true,
  });
  stage.viewer = viewer;
  viewer.canvas.setAttribute("role", "application");
  // A fragment such as #hit-2 makes the browser scroll the box that cuts the image off.
  viewer.canvas.addEventListener("scroll", () => viewer.canvas.scrollTo(0, 0));
  viewer.canvas.setAttribute("aria-label", page.strings.image);

  viewer.addOnceHandler("open", () => {
    viewer.addOverlay({
      element: marks,
      location: new window.OpenSeadragon.Rect(0, 0, 1, page.image.height / page.image.width),
    });
    const fragment = /xywh=(\d+),(\d+),(\d+),(\d+)/.exec(location.hash);
    if (fragment) stage.show(fragment.slice(1).map(Number));
  });
  viewer.addOnceHandler("tile-drawn", () => {
    deep.classList.remove("opening");
    sheet.querySelector("img").style.visibility = "hidden";
    deep.dataset.ready = "true";
  });
  viewer.addHandler("open-failed", () => giveUp(deep, sheet, marks));
  viewer.addHandler("canvas-click", (event) => {
    if (!event.quick) return;
    const at = viewer.viewport.viewportToImageCoordinates(viewer.viewport.pointFromPixel(event.position));
    listeners.forEach((listener) => listener(at.x, at.y));
  });
  addTools(viewer);
  return stage;
}

function giveUp(deep, sheet, marks) {
  deep.hidden = true;
  document.getElementById("tools").hidden = true;
  sheet.append(marks);
  sheet.querySelector("img").style.visibility = "";
}

function grown([x, y, w, h], image) {
  const room = Math.max(w, h, image.width / 6) * 0.6;
  const left = Math.max(0, x - room);
  const top = Math.max(0, y - room);
  return [left, top, Math.min(image.width, x + w + room) - left, Math.min(image.height, y + h + room) - top];
}

function addTools(viewer) {
  const tools = document.getElementById("tools");
  const stageElement = document.getElementById("stage");
  const deeds = {
    in: () => viewer.viewport.zoomBy(1.5).applyConstraints(),
    out: () => viewer.viewport.zoomBy(1 / 1.5).applyConstraints(),
    fit: () => { viewer.viewport.setRotation(0); viewer.viewport.goHome(); },
    turn: () => viewer.viewport.setRotation(viewer.viewport.getRotation() + 90),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : stageElement.requestFullscreen()),
  };
  tools.hidden = false;
  if (!document.fullscreenEnabled) tools.querySelector('[data-tool="full"]').hidden = true;
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) deeds[button.dataset.tool]();
  });
}
