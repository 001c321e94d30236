// Keys work only while the image has the focus (WCAG 2.2, 2.1.4): they take nothing from a
// screen reader or a text field.

export function addKeys(page, stage, hits) {
  if (!stage.viewer) return;
  document.getElementById("keys").hidden = false;
  const deeds = {
    n: () => hits.next(),
    p: () => hits.previous(),
    PageDown: () => page.next && location.assign(page.next),
    PageUp: () => page.previous && location.assign(page.previous),
  };
  stage.viewer.addHandler("canvas-key", (event) => {
    const key = event.originalEvent;
    const deed = deeds[key.key];
    if (!deed || key.ctrlKey || key.altKey || key.metaKey) return;
    event.preventDefaultAction = true;
    key.preventDefault();
    deed();
  });
}
