/* A milestone shows only what its coupon source needs; one that is added opens, and closes the one that was open. */

const NEEDED = { coupon_prefix: "generated", coupon_code: "fixed", low_stock: "pool" };

function sourceOf(place) {
  const chosen = place.querySelector("select[name$=coupon_source]");
  return chosen ? chosen.value : place.querySelector("[data-field$=coupon_source]")?.dataset.value;
}

/** Hide the fields of other sources; what is wrong stays in view. */
function show(place) {
  const source = sourceOf(place);
  for (const [name, needed] of Object.entries(NEEDED)) {
    const line = source && place.querySelector(`[name$=${name}]`)?.closest(".field-row");
    if (line) line.hidden = source !== needed && !line.querySelector(".errorlist");
  }
}

const placeOf = (element) => element.closest(".milestone") ?? element.form;

document.addEventListener("change", ({ target }) => target.matches("[name$=coupon_source]") && show(placeOf(target)));
document.addEventListener("formset:added", ({ target }) => {
  const details = target.querySelector("details[name=milestone]");
  if (!details) return;
  details.open = true;
  show(target);
  target.querySelector("[name$=-name]").focus();
});
document.querySelectorAll("[name$=coupon_source], [data-field$=coupon_source]").forEach((one) => {
  show(placeOf(one) ?? one.closest("form"));
});
