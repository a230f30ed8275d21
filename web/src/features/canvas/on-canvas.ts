/** Whether a key or a clipboard event is meant for the canvas: not for a field, a panel's button or a dialog. */
export function onCanvas(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return target === document;
  if (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) return false;
  if (document.querySelector("[role=dialog], [role=menu], [role=listbox]") !== null) return false;
  // A click on the empty canvas leaves the focus on what the canvas stands in.
  return target.closest(".react-flow") !== null || target.querySelector(".react-flow") !== null;
}

/** Whether somebody is typing there. */
export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}
