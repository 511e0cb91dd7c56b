// The confirmation that a button or menu may ask for.

import { h } from "./dom.js";
import { plain, textObject } from "./mrkdwn.js";

/** Asks; resolves to whether the person agreed. */
export function confirmDialog(confirm) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const done = (answer) => {
      overlay.remove();
      before?.focus?.();
      resolve(answer);
    };
    const yes = h(`button.btn.btn-${confirm.style ?? "primary"}`, { type: "button", onclick: () => done(true) }, plain(confirm.confirm.text));
    const overlay = h("div.overlay.overlay-confirm", { onkeydown: (event) => { if (event.key === "Escape") { event.stopPropagation(); done(false); } } },
      h("div.dialog.dialog-small", { role: "alertdialog", "aria-modal": "true", "aria-label": plain(confirm.title.text), "data-testid": "confirm-dialog" },
        h("h2.dialog-title", {}, plain(confirm.title.text)),
        h("div.dialog-body", {}, textObject(confirm.text)),
        h("footer.dialog-foot", {}, h("button.btn", { type: "button", onclick: () => done(false) }, plain(confirm.deny.text)), yes),
      ),
    );
    document.body.append(overlay);
    yes.focus();
  });
}
