// Form fields: each is part of its form, keeps its label and its error, and speaks as a native field does.

const KINDS = {
  "s-text-field": "text", "s-password-field": "password", "s-email-field": "email", "s-url-field": "url",
  "s-number-field": "text", "s-money-field": "text", "s-search-field": "search", "s-date-field": "date",
  "s-color-field": "text",
};

function framed(control) {
  return () => {
    const id = `f${(lastId += 1)}`;
    return `<div part="field"><label part="label" for="${id}"></label><div part="control">${control(id)}</div>
      <div part="error" id="${id}-error" hidden></div><div part="details" id="${id}-details" hidden></div></div>`;
  };
}

function describe(element, input) {
  const label = element.part_("label");
  label.textContent = element.label;
  label.className = element.labelAccessibilityVisibility === "exclusive" ? "unseen" : "";
  if (element.required) input.setAttribute("aria-required", "true");
  input.disabled = element.disabled;
  if (element.disabled) input.setAttribute("disabled", "");
  for (const name of ["error", "details"]) {
    element.part_(name).textContent = element[name] ?? "";
    element.part_(name).hidden = !element[name];
  }
  const described = ["error", "details"].filter((name) => element[name]).map((name) => element.part_(name).id);
  input.setAttribute("aria-describedby", described.join(" "));
  input.setAttribute("aria-invalid", String(Boolean(element.error)));
  element.part_("field").classList.toggle("wrong", Boolean(element.error));
}

function speak(element, input, take) {
  input.addEventListener("input", (event) => {
    event.stopPropagation();
    take();
    element.say("input");
  });
  input.addEventListener("change", (event) => {
    event.stopPropagation();
    take();
    element.say("change");
  });
  for (const name of ["focus", "blur"]) input.addEventListener(name, () => element.say(name, { bubbles: false }));
}

function plainField(control) {
  return {
    focuses: true,
    html: framed(control),
    on(element) {
      const input = element.part_("input");
      speak(element, input, () => { element.value = input.value; element.internals.setFormValue(input.value); });
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && input.localName === "input") element.closest("form")?.requestSubmit();
      });
    },
    sync(element) {
      const input = element.part_("input");
      describe(element, input);
      if (input.value !== String(element.value)) input.value = element.value;
      element.internals.setFormValue(String(element.value));
      input.placeholder = element.placeholder ?? "";
      input.readOnly = Boolean(element.readOnly);
      if (element.maxLength) input.maxLength = element.maxLength;
      if (element.rows) input.rows = element.rows;
      if (element.localName.startsWith("s-n")) input.inputMode = element.inputMode || "decimal";
      // The manifest's words for money and numbers are none that HTML knows.
      if (/^[a-z-]+$/.test(element.autocomplete ?? "")) input.autocomplete = element.autocomplete;
      for (const name of ["prefix", "suffix"]) {
        const part = element.part_(name);
        if (part) part.textContent = element[name] ?? "";
      }
    },
    reset: (element) => element.forget("value"),
  };
}

for (const [tag, type] of Object.entries(KINDS)) {
  view(tag, plainField((id) => `<span part="prefix"></span><input part="input" id="${id}" type="${type}"><span part="suffix"></span><slot name="accessory"></slot>`));
}
view("s-text-area", plainField((id) => `<textarea part="input" id="${id}"></textarea>`));

view("s-drop-zone", {
  focuses: true,
  html: framed((id) => `<input part="input" id="${id}" type="file">`),
  on(element) {
    const input = element.part_("input");
    speak(element, input, () => {
      element.files = [...input.files];
      element.value = input.value;
    });
  },
  sync(element) {
    const input = element.part_("input");
    describe(element, input);
    // Whoever empties it may choose the same file again.
    if (!element.value) input.value = "";
    input.accept = element.accept ?? "";
    input.multiple = element.multiple;
  },
});

function drawOption(option) {
  const value = option.value || option.textContent.trim();
  return `<option value="${text(value)}" ${option.disabled ? "disabled" : ""}>${text(option.textContent)}</option>`;
}

function drawOptions(group) {
  const options = [...group.querySelectorAll("s-option")].map(drawOption).join("");
  return `<optgroup label="${text(group.label)}" ${group.disabled ? "disabled" : ""}>${options}</optgroup>`;
}

view("s-select", {
  focuses: true,
  html: (element) => framed((id) => `<select part="input" id="${id}"></select>`)() + "<slot hidden></slot>",
  on(element) {
    const input = element.part_("input");
    speak(element, input, () => { element.value = input.value; element.internals.setFormValue(input.value); });
    new MutationObserver(() => element.changed()).observe(element, {
      attributes: true, characterData: true, childList: true, subtree: true,
    });
  },
  sync(element) {
    const input = element.part_("input");
    const options = [...element.querySelectorAll("s-option, s-option-group")].filter((each) => each.parentElement.localName !== "s-option-group")
      .map((each) => (each.localName === "s-option" ? drawOption(each) : drawOptions(each)));
    const empty = element.placeholder ? `<option value="">${text(element.placeholder)}</option>` : "";
    input.innerHTML = empty + options.join("");
    const chosen = element.value || element.querySelector("s-option[selected]")?.value;
    input.value = chosen || (empty ? "" : input.options[0]?.value ?? "");
    element.internals.setFormValue(input.value);
    describe(element, input);
  },
  reset: (element) => element.forget("value"),
});

function ticked(role) {
  return {
    focuses: true,
    html: () => {
      const id = `f${(lastId += 1)}`;
      return `<div part="field" class="tick"><input part="input" id="${id}" type="checkbox" ${role}><label part="label" for="${id}"></label>
        <div part="error" id="${id}-error" hidden></div><div part="details" id="${id}-details" hidden></div></div>`;
    },
    on(element) {
      const input = element.part_("input");
      speak(element, input, () => { element.checked = input.checked; });
    },
    sync(element) {
      const input = element.part_("input");
      describe(element, input);
      input.checked = element.checked;
      if (element.accessibilityLabel) input.setAttribute("aria-label", element.accessibilityLabel);
      element.internals.setFormValue(element.checked ? element.value || "on" : null);
    },
    reset: (element) => element.forget("checked"),
  };
}
view("s-checkbox", ticked(""));
view("s-switch", ticked('role="switch"'));

view("s-choice-list", {
  html: () => `<fieldset part="field"><legend part="label"></legend><div part="details" hidden></div><slot></slot>
    <div part="error" hidden></div></fieldset>`,
  on(element) {
    element.addEventListener("choose", (event) => {
      event.stopPropagation();
      const { value, on } = event.detail;
      const kept = element.values.filter((other) => other !== value);
      element.values = element.multiple ? (on ? [...kept, value] : kept) : [value];
      element.drawNow();
      element.say("input");
      element.say("change");
    });
  },
  sync(element) {
    describe(element, element.part_("field"));
    const sent = new FormData();
    for (const value of element.values) sent.append(element.name, value);
    element.internals.setFormValue(sent);
    element.querySelectorAll("s-choice").forEach((choice) => choice.changed?.());
  },
});

view("s-choice", {
  focuses: true,
  html: () => {
    const id = `f${(lastId += 1)}`;
    return `<div class="tick"><input part="input" id="${id}" type="radio"><label for="${id}"><slot></slot></label><slot name="details"></slot></div>`;
  },
  on(element) {
    const input = element.part_("input");
    input.addEventListener("change", () => element.say("choose", { detail: { value: element.value, on: input.checked } }));
  },
  sync(element) {
    const list = element.closest("s-choice-list");
    const input = element.part_("input");
    input.type = list?.multiple ? "checkbox" : "radio";
    input.disabled = element.disabled || Boolean(list?.disabled);
    input.checked = list?.values.length ? list.values.includes(element.value) : element.selected;
  },
});
