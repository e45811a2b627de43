/*
 * Gamopanda Streaks: the end-user display. One plain script, no dependency, no build step; see docs/widget.md.
 *
 * Everything lives in a shadow root, so that neither page nor display changes the looks of the other. Every text is
 * set as text, never as markup. The access token stays in memory.
 */
(() => {
  "use strict";

  const script = document.currentScript;

  // --- What has to be said before, or without, an answer of the server -----------------------------------------------

  const OFFLINE_TEXTS = {
    en: [
      "Streaks", "Loading…", "Your streaks cannot be shown right now.", "Try again", "Close",
      "Your session has ended. Please sign in again.", "Sign in",
    ],
    es: [
      "Rachas", "Cargando…", "Ahora mismo no podemos mostrar tus rachas.", "Reintentar", "Cerrar",
      "Tu sesión ha terminado. Vuelve a iniciar sesión.", "Iniciar sesión",
    ],
    fr: [
      "Séries", "Chargement…", "Vos séries ne peuvent pas être affichées pour le moment.", "Réessayer", "Fermer",
      "Votre session est terminée. Veuillez vous reconnecter.", "Se connecter",
    ],
    de: [
      "Serien", "Wird geladen …", "Deine Serien können gerade nicht angezeigt werden.", "Erneut versuchen", "Schließen",
      "Deine Sitzung ist abgelaufen. Bitte melde dich neu an.", "Anmelden",
    ],
    pt: [
      "Sequências", "Carregando…", "Não é possível mostrar suas sequências agora.", "Tentar de novo", "Fechar",
      "Sua sessão terminou. Entre novamente.", "Entrar",
    ],
    ar: [
      "السلاسل", "جارٍ التحميل…", "لا يمكن عرض سلاسلك الآن.", "أعد المحاولة", "إغلاق",
      "انتهت جلستك. يُرجى تسجيل الدخول من جديد.", "تسجيل الدخول",
    ],
    hi: [
      "स्ट्रीक", "लोड हो रहा है…", "आपकी स्ट्रीक अभी नहीं दिखाई जा सकती।", "फिर कोशिश करें", "बंद करें",
      "आपका सत्र समाप्त हो गया है। कृपया फिर से साइन इन करें।", "साइन इन करें",
    ],
    ja: [
      "ストリーク", "読み込み中…", "ただいまストリークを表示できません。", "もう一度試す", "閉じる",
      "セッションが終了しました。もう一度ログインしてください。", "ログイン",
    ],
  };
  const RIGHT_TO_LEFT = /^(ar|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)(?![a-z])/i;

  function offlineTexts(language) {
    const texts = OFFLINE_TEXTS[language.toLowerCase().split(/[-_]/)[0]] || OFFLINE_TEXTS.en;
    const [title, loading, unavailable, retryButton, closeButton, signedOut, signInButton] = texts;
    const names = { launcherTitle: title, panelTitle: title };
    return { ...names, loading, unavailable, retryButton, closeButton, signedOut, signInButton };
  }

  // --- Pictures, on a grid of 24 -------------------------------------------------------------------------------------

  const FILLED = {
    flame: "M12.6 1.5c.9 3.4-.9 5.4-2.8 7.4C8 10.9 6.5 12.3 6.3 14.3 5.3 13.5 5 12.3 5 11c-1.3 1.4-2 3.1-2 5 0 4.2 4 7 9 7s9-2.8 9-7.3c0-3.3-1.7-5.3-3.4-7.2-.3 1.5-.8 2.5-1.9 3.2.5-4-.7-7.6-3.1-10.2z",
    gift: "M3 7h8v4H3zm10 0h8v4h-8zM4 13h7v8H4zm9 0h7v8h-7zM12 6C9 6 5.5 6 6 3.5S11 1.5 12 6c1-4.5 5.5-5 6-2.5S15 6 12 6z",
    star: "M12 2l3.1 6.3 6.9 1-5 4.9 1.2 6.9L12 17.8l-6.2 3.3L7 14.2 2 9.3l6.9-1z",
    trophy: "M7 2h10v2h4v3a5 5 0 0 1-4 5 5 5 0 0 1-4 3v3h4v4H7v-4h4v-3a5 5 0 0 1-4-3 5 5 0 0 1-4-5V4h4zM5 6v1a3 3 0 0 0 2 3V6zm14 0h-2v4a3 3 0 0 0 2-3z",
    heart: "M12 21.3l-1.6-1.4C4.7 14.7 2 12.2 2 8.5A5.3 5.3 0 0 1 7.4 3c1.8 0 3.5.9 4.6 2.2A6.1 6.1 0 0 1 16.6 3 5.3 5.3 0 0 1 22 8.5c0 3.7-2.7 6.2-8.4 11.4z",
    bolt: "M13.5 1.5L4 14h6.5L9 22.5 20 9.5h-7z",
  };
  const DRAWN = {
    close: "M6 6l12 12M18 6L6 18",
    back: "M15 5l-7 7 7 7",
    check: "M5 12.5l4.5 4.5L19 7.5",
    cross: "M7 7l10 10M17 7L7 17",
    clock: "M12 7v5l3.5 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
    ring: "M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14z",
  };

  function picture(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("class", name in DRAWN ? `drawn ${name}` : "filled");
    path.setAttribute("d", DRAWN[name] || FILLED[name] || FILLED.flame);
    svg.append(path);
    return svg;
  }

  // --- Elements, texts, numbers --------------------------------------------------------------------------------------

  /** Make an element. Strings become text, never markup; functions become listeners, nothing becomes nothing. */
  function make(name, properties, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (typeof value === "function") element.addEventListener(key, value);
      else element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  /** Make a button; its key lets the focus find it again when it is drawn anew. */
  const button = (key, properties, ...children) =>
    make("button", { type: "button", "data-key": key, ...properties }, ...children);

  const pictureButton = (name, label, click) => button(name, { class: "square", "aria-label": label, click }, picture(name));

  /** Somebody else's text: in its own direction, and apart from what surrounds it. */
  const foreign = (name, text, properties) => make(name, { dir: "auto", ...properties }, String(text));

  /** Cut a text after so many characters, each whole. */
  const cut = (text, length) => text && [...String(text)].slice(0, length).join("");

  const fill = (text, values) =>
    String(text || "").replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name) =>
      Object.hasOwn(values, name) ? values[name] : whole,
    );

  /** Numbers, dates and durations in one language, in the digits that the server's texts have too. */
  function formatsOf(language, decimalSeparator) {
    let locale = "en";
    try {
      [locale] = Intl.getCanonicalLocales(language);
    } catch {
      // A code that the browser cannot read: the texts may still be right.
    }
    const numberingSystem = "latn";
    const date = new Intl.DateTimeFormat(locale, { numberingSystem, dateStyle: "medium", timeStyle: "short" });
    const unit = (value, name) =>
      new Intl.NumberFormat(locale, { numberingSystem, style: "unit", unit: name, unitDisplay: "short" }).format(value);
    // Down, where the server's remainders go up: what the two say together is the target (S30).
    const number = (value) => {
      const shown = Math.max(0, Math.floor(value * 100 + 1e-6) / 100);
      return Number.isInteger(shown) ? String(shown) : shown.toFixed(2).replace(".", decimalSeparator);
    };
    return { number, date: (text) => date.format(new Date(text)), duration: (ms) => durationText(ms, unit) };
  }

  function durationText(milliseconds, unit) {
    const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
    const parts = [
      [Math.floor(seconds / 86400), "day"],
      [Math.floor(seconds / 3600) % 24, "hour"],
      [Math.floor(seconds / 60) % 60, "minute"],
      [seconds % 60, "second"],
    ];
    const largest = parts.findIndex(([value]) => value > 0);
    const first = largest === -1 ? parts.length - 1 : largest;
    return parts
      .slice(first, first + 2)
      .filter(([value], index) => index === 0 || value > 0)
      .map(([value, name]) => unit(value, name))
      .join(" ");
  }

  // --- Colours -------------------------------------------------------------------------------------------------------

  const WHITE = [255, 255, 255];
  const BLACK = [0, 0, 0];
  const DARK_SURFACE = [22, 24, 29];
  const DARK_TEXT = [243, 244, 246];
  const DEFAULT_THEME = {
    colorScheme: "auto",
    primaryColor: "#7c3aed",
    primaryTextColor: "#ffffff",
    secondaryColor: "#1a1c1e",
    secondaryTextColor: "#ffffff",
    backgroundColor: "#ffffff",
    bodyTextColor: "#1a1c1e",
    fontFamily: "system-ui, sans-serif",
    borderRadius: 16,
  };

  /** Read any colour as its three channels; `otherwise` for what is none. */
  function channels(color, otherwise) {
    if (!CSS.supports("color", color)) return otherwise;
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = color;
    const hex = canvas.fillStyle.match(/^#(..)(..)(..)$/);
    const parts = hex ? hex.slice(1).map((part) => parseInt(part, 16)) : canvas.fillStyle.match(/[\d.]+/g) || [];
    return hex || canvas.fillStyle.startsWith("rgb") ? parts.slice(0, 3).map(Number) : otherwise;
  }

  function luminance(color) {
    const [red, green, blue] = color.map((channel) => {
      const part = channel / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((first, second) => first - second);
    return (light + 0.05) / (dark + 0.05);
  }

  const mix = (one, other, share) => one.map((channel, index) => channel * (1 - share) + other[index] * share);

  /** Move a colour toward the better of black and white until it can be read on a ground. */
  function readable(color, ground, needed) {
    const goal = contrast(WHITE, ground) > contrast(BLACK, ground) ? WHITE : BLACK;
    let found = color;
    for (let share = 0.05; contrast(found, ground) < needed && share <= 1; share += 0.05) {
      found = mix(color, goal, share);
    }
    return found;
  }

  /** Say whether the page is dark: as it declares itself, else as its background looks. */
  function isDarkPage() {
    const declared = getComputedStyle(document.documentElement).colorScheme || "normal";
    const [dark, light] = [/\bdark\b/.test(declared), /\blight\b/.test(declared)];
    if (dark && light) return matchMedia("(prefers-color-scheme: dark)").matches;
    if (dark || light) return dark;
    for (const element of [document.body, document.documentElement]) {
      const parts = element && getComputedStyle(element).backgroundColor.match(/[\d.]+/g);
      if (parts && Number(parts[3] === undefined ? 1 : parts[3]) > 0.5) {
        return luminance(parts.slice(0, 3).map(Number)) < 0.2;
      }
    }
    return false;
  }

  /** Turn a theme into the properties of the styles; every text can be read, whatever the theme says. */
  function paletteOf(theme) {
    const isDark = theme.colorScheme === "dark" || (theme.colorScheme === "auto" && isDarkPage());
    const surface = isDark ? DARK_SURFACE : channels(theme.backgroundColor, WHITE);
    const text = readable(isDark ? DARK_TEXT : channels(theme.bodyTextColor, BLACK), surface, 7);
    const primary = channels(theme.primaryColor, channels(DEFAULT_THEME.primaryColor));
    const secondary = channels(theme.secondaryColor, BLACK);
    const soft = mix(surface, primary, isDark ? 0.22 : 0.08);
    const colors = {
      surface,
      text,
      primary,
      "on-primary": readable(channels(theme.primaryTextColor, WHITE), primary, 4.5),
      secondary: isDark ? DARK_TEXT : secondary,
      "on-secondary": isDark ? DARK_SURFACE : readable(channels(theme.secondaryTextColor, WHITE), secondary, 4.5),
      soft,
      accent: readable(primary, soft, 4.5),
      muted: readable(mix(text, surface, 0.35), soft, 4.5),
      edge: readable(mix(text, surface, 0.55), surface, 3),
      line: mix(text, surface, 0.86),
    };
    return Object.fromEntries(
      Object.entries(colors).map(([name, color]) => [`--${name}`, `rgb(${color.map(Math.round).join(" ")})`]),
    );
  }

  // --- Styles --------------------------------------------------------------------------------------------------------

  const STYLES = `
    :host([data-floating]) {
      all: initial !important; position: fixed !important; inset: auto 0 0 auto !important;
      width: 0 !important; height: 0 !important; z-index: 2147483000 !important;
    }
    :host([data-inline]) { display: block; }
    .root {
      all: initial; color: var(--text); font: 16px/1.45 var(--font, system-ui, sans-serif);
      -webkit-text-size-adjust: 100%; text-align: left; hyphens: auto; overflow-wrap: anywhere;
    }
    .root[dir=rtl] { text-align: right; }
    .root * { box-sizing: border-box; }
    h2, h3, h4, p, ul, ol, dl { margin: 0; padding: 0; font-size: inherit; }
    ul, ol { list-style: none; }
    svg { width: 1.25em; height: 1.25em; flex: none; }
    .filled { fill: currentColor; }
    .drawn { fill: none; stroke: currentColor; stroke-width: 2.25; stroke-linecap: round; stroke-linejoin: round; }
    [dir=rtl] .back { transform: scaleX(-1); }
    .hidden {
      position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
      white-space: nowrap;
    }
    button, .button {
      font: inherit; color: inherit; background: none; border: 0; margin: 0; padding: 0; cursor: pointer;
      text-align: inherit; text-decoration: none; touch-action: manipulation;
    }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    :focus:not(:focus-visible) { outline: none; }

    .launcher {
      position: fixed; left: var(--left); right: var(--right);
      bottom: calc(var(--bottom) + env(safe-area-inset-bottom, 0px));
      display: inline-flex; align-items: center; gap: 8px; min-width: 56px; height: 56px;
      max-width: min(280px, calc(100vw - 40px)); padding: 0 18px 0 16px; border-radius: 28px;
      background: var(--primary); color: var(--on-primary); font-weight: 600;
      box-shadow: 0 6px 20px rgb(0 0 0 / .28), 0 0 0 1px var(--surface);
    }
    .launcher[hidden] { display: none; }
    .launcher svg { width: 24px; height: 24px; }
    .launcher .title { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .launcher:hover { filter: brightness(1.08); }
    .launcher:focus-visible { outline-color: var(--surface); box-shadow: 0 0 0 7px var(--accent); }
    .badge {
      position: absolute; inset-block-start: -4px; inset-inline-end: -2px; min-width: 22px; height: 22px;
      padding: 0 6px; border-radius: 11px; background: var(--secondary); color: var(--on-secondary);
      font: 700 13px/22px var(--font, system-ui, sans-serif); text-align: center; box-shadow: 0 0 0 2px var(--surface);
    }

    .panel {
      position: fixed; inset: auto; margin: 0; padding: 0; border: 1px solid var(--line);
      left: var(--left); right: var(--right); bottom: calc(var(--bottom) + 68px);
      width: 400px; height: min(680px, 100vh - var(--bottom) - 84px); max-width: none; max-height: none;
      border-radius: var(--radius); overflow: hidden; background: var(--surface); color: var(--text);
      box-shadow: 0 16px 48px rgb(0 0 0 / .28);
    }
    .panel[open] { display: block; animation: rise .22s ease-out; }
    .panel::backdrop { background: none; }
    .inside { display: flex; flex-direction: column; height: 100%; }
    .inline {
      position: relative; height: 100%; min-height: 320px;
      border: 1px solid var(--line); border-radius: var(--radius); overflow: hidden; background: var(--surface);
    }
    .stack { display: grid; gap: 14px; }
    .root.within { display: block; height: 100%; }
    .head { display: flex; align-items: center; gap: 8px; padding: 14px 8px 6px 16px; min-height: 60px; }
    [dir=rtl] .head { padding: 14px 16px 6px 8px; }
    .head h2 { flex: 1; min-width: 0; font-size: 20px; line-height: 1.25; font-weight: 700; }
    .square { display: inline-grid; place-items: center; width: 44px; height: 44px; border-radius: 50%; flex: none; }
    .square:hover { background: var(--soft); }
    .tabs { display: flex; gap: 4px; margin: 4px 16px 10px; padding: 4px; border-radius: 999px; background: var(--soft); }
    .tabs button {
      flex: 1 1 auto; min-width: 0; min-height: 40px; padding: 4px 8px; border-radius: 999px; text-align: center;
      font-weight: 600; color: var(--text);
    }
    .tabs [aria-selected=true] { background: var(--surface); color: var(--accent); box-shadow: 0 1px 4px rgb(0 0 0 / .2); }
    .count {
      display: inline-block; min-width: 22px; padding: 0 6px; margin-inline-start: 4px; border-radius: 11px;
      background: var(--primary); color: var(--on-primary); font-size: 13px; line-height: 22px; text-align: center;
    }
    .body {
      flex: 1; min-height: 0; overflow: auto; overscroll-behavior: contain; padding: 4px 16px 20px;
      display: flex; flex-direction: column; gap: 14px; position: relative;
    }
    .body > * { flex: none; }
    .notice {
      display: flex; flex-wrap: wrap; align-items: center; gap: 10px; padding: 12px 14px; border-radius: 12px;
      background: var(--soft);
    }
    .notice > p { flex: 1 1 180px; min-width: 0; }
    .center { flex: 1 0 auto; display: grid; place-content: center; justify-items: center; gap: 14px; text-align: center;
      padding: 24px 8px; color: var(--text); }
    .center .notice { justify-content: center; max-width: 320px; }
    .center > svg { width: 48px; height: 48px; color: var(--accent); }

    .card { display: grid; gap: 12px; padding: 16px; border: 1px solid var(--line); border-radius: calc(var(--radius) * .85); }
    .top { display: flex; gap: 12px; align-items: flex-start; }
    .icon { object-fit: contain; flex: none; border-radius: 22%; }
    .top > div { flex: 1; min-width: 0; display: grid; gap: 6px; justify-items: start; }
    .top h3 { font-size: 17px; line-height: 1.3; font-weight: 700; width: 100%; }
    .status {
      display: inline-flex; align-items: center; gap: 4px; max-width: 100%; padding: 1px 10px 1px 6px; border-radius: 999px;
      background: var(--soft); color: var(--accent); font-size: 13px; font-weight: 600;
    }
    .status svg { width: 16px; height: 16px; }
    .status.broken { color: var(--text); }
    .muted { color: var(--muted); font-size: 15px; }
    .short { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
    .message.first { font-weight: 600; }

    .marks { display: flex; flex-wrap: wrap; gap: 8px 6px; }
    .mark {
      position: relative; display: grid; place-items: center; width: 31px; height: 31px; border-radius: 50%;
      border: 2px solid var(--edge); font-size: 13px; font-weight: 600; line-height: 1; color: var(--muted);
    }
    .mark svg { width: 17px; height: 17px; }
    .mark.done { background: var(--primary); border-color: var(--accent); color: var(--on-primary); }
    .mark.now { border: 3px solid var(--accent); color: var(--accent); }
    .mark.missed { border-style: dashed; color: var(--text); }
    .mark.gap { border-color: transparent; }
    .mark .prize {
      position: absolute; top: -7px; inset-inline-end: -5px; width: 18px; height: 18px; padding: 1px; border-radius: 50%;
      background: var(--surface); color: var(--accent);
    }

    .task { display: grid; gap: 6px; font-size: 15px; }
    .task > div:first-child { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 12px; }
    .task strong { font-weight: 600; }
    .bar { height: 10px; border-radius: 5px; overflow: hidden; background: var(--soft); box-shadow: inset 0 0 0 1px var(--edge); }
    .bar > div { height: 100%; background: var(--accent); border-radius: 5px; }
    .left { display: flex; align-items: center; gap: 6px; color: var(--muted); font-size: 15px; font-variant-numeric: tabular-nums; }
    .left svg { width: 18px; height: 18px; }

    .solid {
      display: inline-flex; justify-content: center; align-items: center; gap: 8px; min-height: 44px; padding: 8px 18px;
      border-radius: calc(var(--radius) * .6); background: var(--primary); color: var(--on-primary); font-weight: 600;
      text-align: center;
    }
    .solid.second { background: var(--secondary); color: var(--on-secondary); }
    .solid:hover { filter: brightness(1.1); }
    .section { font-size: 15px; font-weight: 700; margin-top: 4px; }
    .ladder { display: grid; gap: 14px; }
    .ladder li { display: flex; gap: 12px; align-items: flex-start; }
    .ladder li > div { flex: 1; min-width: 0; display: grid; gap: 4px; justify-items: start; }
    .ladder h4 { font-weight: 600; width: 100%; }
    .ladder .mark { flex: none; min-width: 34px; width: auto; padding: 0 6px; height: 34px; border-radius: 17px; }

    .code { display: flex; flex-wrap: wrap; gap: 8px; align-items: stretch; }
    .code code {
      flex: 1 1 200px; min-width: 0; display: flex; align-items: center; justify-content: center; min-height: 44px;
      padding: 6px 10px; border: 2px dashed var(--edge); border-radius: calc(var(--radius) * .6); background: var(--soft);
      font: 600 16px/1.3 ui-monospace, Menlo, Consolas, monospace; text-align: center; user-select: all;
      hyphens: none;
    }
    .code .solid { flex: 1 1 130px; }
    .over .code code { text-decoration: line-through; color: var(--muted); background: none; }
    details > summary { cursor: pointer; min-height: 28px; font-weight: 600; font-size: 15px; color: var(--accent); }
    details > p { margin-top: 6px; }

    .party {
      position: relative; overflow: hidden; display: grid; gap: 10px; justify-items: start; padding: 14px 16px;
      border-radius: calc(var(--radius) * .85); background: var(--primary); color: var(--on-primary);
    }
    .party strong { font-size: 18px; display: flex; gap: 8px; align-items: center; }
    .party .solid { background: var(--surface); color: var(--text); }
    .party :focus-visible { outline-color: var(--on-primary); }
    .confetti { position: absolute; inset: 0; overflow: hidden; pointer-events: none; }
    .confetti i {
      position: absolute; top: -14px; left: calc(var(--at) * 1%); width: 8px; height: 13px; border-radius: 2px;
      background: hsl(var(--hue) 90% 60%); animation: fall 1.6s calc(var(--wait) * 1ms) ease-in both;
    }
    .bone { border-radius: 8px; background: var(--soft); height: 16px; animation: pulse 1.4s ease-in-out infinite alternate; }
    .top > .round { flex: none; }
    .bone.round { width: 44px; height: 44px; border-radius: 50%; }

    @keyframes rise { from { opacity: 0; transform: translateY(24px); } }
    @keyframes fall { to { transform: translateY(220px) rotate(540deg); opacity: .2; } }
    @keyframes pulse { from { opacity: .55; } }
    @media (max-width: 479px), (max-height: 479px) {
      .panel { inset: 0; width: 100vw; height: 100vh; height: 100dvh; border: 0; border-radius: 0; }
      .launcher { padding: 0; justify-content: center; }
      .launcher .title { display: none; }
    }
    @media (prefers-reduced-motion: reduce) {
      * { animation: none !important; }
      .confetti { display: none; }
    }
    @media (forced-colors: active) {
      .bar > div { background: Highlight; forced-color-adjust: none; }
      .launcher, .card, .notice, .solid, .party, .tabs [aria-selected=true] { border: 2px solid; }
      .mark.done { forced-color-adjust: none; background: Highlight; color: HighlightText; }
    }
  `;

  let sheet = null;

  function attachShadow(host) {
    const shadow = host.attachShadow({ mode: "open" });
    if (!sheet) {
      // Not a style element: a strict content security policy has nothing against it.
      sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLES);
    }
    shadow.adoptedStyleSheets = [sheet];
    return shadow;
  }

  // --- The programme: one answer of the server, kept in memory, and what changes in it -------------------------------

  const TIMEOUT = 20000;
  const STALE_AFTER = 60000;

  class Failure extends Error {
    constructor(code, message, status) {
      super(message);
      Object.assign(this, { code, status: status || 0 });
    }
  }

  class Programme {
    constructor(options) {
      this.options = options;
      this.language = options.languageCode || "en";
      this.token = options.accessToken || null;
      this.views = new Set();
      this.seen = readStored(this.seenKey);
      this.shownAt = 0;
      this.forget();
      this.onVisible = () => document.visibilityState === "visible" && this.refreshWhenStale();
      this.onOnline = () => this.failure && this.refresh();
      document.addEventListener("visibilitychange", this.onVisible);
      addEventListener("online", this.onOnline);
      this.dark = matchMedia("(prefers-color-scheme: dark)");
      let wasDark = isDarkPage();
      this.onScheme = () => {
        if (isDarkPage() === wasDark) return;
        wasDark = !wasDark;
        this.draw();
      };
      this.dark.addEventListener("change", this.onScheme);
      // Pages become dark by an attribute, most of them.
      this.observer = new MutationObserver(this.onScheme);
      whenThereIsABody(() => {
        for (const element of [document.documentElement, document.body]) this.observer.observe(element, { attributes: true });
      });
      this.ticker = setInterval(() => this.tick(), 1000);
    }

    /** Forget everything that is a member's. */
    forget() {
      Object.assign(this, { data: null, tag: null, failure: null, isReady: false, won: [], due: Infinity });
    }

    get isGuest() {
      return !this.token;
    }

    get isSignedOut() {
      return Boolean(this.failure) && this.failure.status === 401;
    }

    get texts() {
      return this.widget ? this.widget.texts : offlineTexts(this.language);
    }

    get shownLanguage() {
      return this.answeredLanguage || this.language;
    }

    get theme() {
      const asked = this.options.theme || {};
      const chosen = typeof asked === "string" ? { colorScheme: asked } : asked;
      return { ...DEFAULT_THEME, ...(this.widget && this.widget.theme), ...chosen };
    }

    get launcher() {
      const { alignment, alignmentPositionX, alignmentPositionY, launcherIcon } = this.options;
      const launcherTitle = cut(this.options.launcherTitle, 48);
      const asked = { alignment, alignmentPositionX, alignmentPositionY, launcherIcon, launcherTitle };
      const given = Object.entries(asked).filter(([, value]) => value !== undefined);
      const known = { alignmentPositionX: 20, alignmentPositionY: 20, launcherTitle: this.texts.launcherTitle };
      return { ...known, ...(this.widget && this.widget.launcher), ...Object.fromEntries(given) };
    }

    get formats() {
      if (this.formatsLanguage !== this.shownLanguage) {
        this.formatsLanguage = this.shownLanguage;
        this.knownFormats = formatsOf(this.shownLanguage, this.widget ? this.widget.decimalSeparator : ".");
      }
      return this.knownFormats;
    }

    /** The server's clock, in milliseconds. */
    get now() {
      return Date.now() + (this.clockOffset || 0);
    }

    setToken(token) {
      const isSame = memberOf(token) !== null && memberOf(token) === memberOf(this.token);
      this.token = token || null;
      if (!isSame) this.forget();
      return this.refresh();
    }

    setLanguage(language) {
      this.language = language;
      this.tag = null;
      return this.refresh();
    }

    refreshWhenStale() {
      return Date.now() - this.shownAt > STALE_AFTER ? this.refresh() : Promise.resolve();
    }

    /** Ask the server; what is asked anew takes the place of what is on its way. */
    async refresh() {
      if (this.request) this.request.abort();
      const request = new AbortController();
      const timer = setTimeout(() => request.abort(), TIMEOUT);
      this.request = request;
      this.draw();
      try {
        const answer = await this.ask(request.signal);
        if (this.request === request) this.take(answer);
      } catch (error) {
        if (this.request === request) this.fail(error);
      }
      clearTimeout(timer);
      if (this.request !== request) return;
      this.request = null;
      this.draw();
    }

    /** Send the one request, once more when the token has expired. */
    async ask(signal) {
      try {
        return await this.send(signal);
      } catch (error) {
        if (error.status !== 401 || this.isGuest || !this.options.refreshAccessToken) throw error;
      }
      await this.renewToken(signal);
      return this.send(signal);
    }

    async renewToken(signal) {
      const renewal = Promise.resolve().then(() => this.options.refreshAccessToken());
      // When somebody else has signed in meanwhile, a token that comes late is not theirs.
      const token = await Promise.race([renewal.catch(() => null), whenAborted(signal)]);
      // A member who was signed in is never silently a guest.
      if (!token) throw new Failure("unauthorized", "There is no new access token.", 401);
      const isSame = memberOf(token) !== null && memberOf(token) === memberOf(this.token);
      this.token = token;
      if (isSame) return;
      this.forget();
      this.draw();
    }

    async send(signal) {
      const address = new URL("api/v1.0/end-user-display", this.options.baseUrl);
      address.searchParams.set("languageCode", this.language);
      const headers = { accept: "application/json" };
      if (this.token) {
        headers["x-account-id"] = this.options.accountId;
        headers["x-enduser-access-token"] = this.token;
      }
      if (this.tag) headers["if-none-match"] = this.tag;
      const how = { headers, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
      return read(await fetch(address, { ...how, signal }));
    }

    take({ data, tag, date }) {
      const before = this.data;
      const isFirst = !this.isReady;
      this.clockOffset = date ? date - Date.now() : 0;
      this.shownAt = Date.now();
      this.failure = null;
      this.isReady = true;
      if (data) Object.assign(this, { data, tag, widget: data.widget, answeredLanguage: data.languageCode });
      this.due = this.nextChange();
      if (isFirst) this.tell("ready", { languageCode: this.data.languageCode, isGuest: this.isGuest });
      if (data && before) this.compare(before, data);
    }

    fail(error) {
      const isLate = error.name === "AbortError";
      if (error.status === 401) this.forget();
      const code = error.code && typeof error.code === "string" ? error.code : "unreachable";
      this.failure = { code, status: error.status || 0, message: isLate ? "The server did not answer." : error.message };
      this.tell("error", this.failure);
    }

    /** Return when something will change by the clock alone: a period ends, a run breaks, a reward expires. */
    nextChange() {
      const { streaks, rewards } = this.data;
      const instants = [
        ...streaks.map((streak) => streak.taskProgress.periodEndsAt),
        ...streaks.map((streak) => streak.streakProgress && streak.streakProgress.streakBreaksAt),
        ...rewards.filter(({ rewardStatus }) => isUsable(rewardStatus)).map((reward) => reward.rewardExpiryAt),
      ];
      const ahead = instants.map((text) => Date.parse(text)).filter((instant) => instant > this.now);
      return Math.min(Infinity, ...ahead);
    }

    tick() {
      for (const view of this.views) view.tick();
      if (this.now <= this.due || document.visibilityState !== "visible") return;
      this.due = Infinity;
      // Not everybody in the same second.
      setTimeout(() => this.views.size && this.refresh(), 1000 + Math.random() * 9000);
    }

    /** Tell what has happened since the last answer. */
    compare(before, after) {
      const known = new Set(before.rewards.map((reward) => reward.id));
      const fresh = after.rewards.filter((reward) => !known.has(reward.id));
      for (const reward of fresh) {
        const { id, milestoneId, linkedSchemaRecordId: streakId } = reward;
        this.tell("milestone", { streakId, milestoneId, rewardLogId: id });
      }
      this.won = fresh;
      const earlier = new Map(before.streaks.map((streak) => [streak.id, streak]));
      const hasMoved = (streak) => earlier.has(streak.id) && currentState(earlier.get(streak.id)) !== currentState(streak);
      const moved = after.streaks.filter(hasMoved);
      for (const streak of moved) this.tellOfEnd(streak, earlier.get(streak.id).streakProgress);
      this.say([...this.victory(fresh), ...moved.map((streak) => newsOf(streak, this.texts))]);
    }

    tellOfEnd({ id, streakProgress: run }, was) {
      const isNews = run && (!was || was.id !== run.id || was.streakProgressStatus !== run.streakProgressStatus);
      if (!isNews || run.streakProgressStatus === "in_progress") return;
      this.tell(run.streakProgressStatus, { streakId: id, streakProgressId: run.id });
    }

    victory(rewards) {
      return rewards.length ? [this.texts.milestoneCelebration, ...rewards.map((reward) => rewardTitle(reward, this.texts))] : [];
    }

    /** Say it to screen readers, in one place alone. */
    say(sentences) {
      const views = [...this.views];
      const view = views.find((one) => one.isShown) || views[0];
      if (view && sentences.length) view.say(sentences.join(" "));
    }

    tell(name, detail) {
      const [view] = this.views;
      const target = view && view.host.isConnected ? view.host : document;
      target.dispatchEvent(new CustomEvent(`gamopanda:${name}`, { bubbles: true, composed: true, detail }));
    }

    draw() {
      for (const view of this.views) view.draw();
    }

    // Which rewards this browser has shown already: their ids alone, in the page's own storage.

    get seenKey() {
      return `gamopanda:seen:${this.options.accountId}`;
    }

    get unseen() {
      const rewards = this.data ? this.data.rewards : [];
      return rewards.filter(({ id, rewardStatus }) => isUsable(rewardStatus) && !this.seen.includes(id));
    }

    noteSeen(where) {
      if (!this.unseen.length) return;
      this.seen = [...new Set([...this.data.rewards.map((reward) => reward.id), ...this.seen])].slice(0, 200);
      store(this.seenKey, this.seen);
      for (const view of this.views) if (view !== where) view.draw();
    }

    destroy() {
      if (this.request) this.request.abort();
      this.request = null;
      clearInterval(this.ticker);
      document.removeEventListener("visibilitychange", this.onVisible);
      removeEventListener("online", this.onOnline);
      this.dark.removeEventListener("change", this.onScheme);
      this.observer.disconnect();
      this.views.clear();
      this.forget();
      this.token = null;
    }
  }

  const whenAborted = (signal) =>
    new Promise((_, reject) => {
      const end = () => reject(signal.reason);
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
    });

  const isUsable = (status) => status === "issued" || status === "pending";

  const rewardTitle = ({ milestone }, texts) => (milestone && milestone.eudTitle) || texts.untitledReward;

  function currentState({ streakProgress: run, taskProgress }) {
    return JSON.stringify([run && [run.id, run.streakProgressStatus, run.currentProgressValue], taskProgress.currentValue]);
  }

  function newsOf({ eudTitle, display }, texts) {
    return `${eudTitle || texts.untitledStreak}: ${[display.statusLabel, display.messages[0]].filter(Boolean).join(". ")}`;
  }

  async function read(answer) {
    const date = Date.parse(answer.headers.get("date"));
    if (answer.status === 304) return { data: null, date };
    const body = await answer.json().catch(() => null);
    if (answer.ok && body && body.data && body.data.widget) {
      return { data: body.data, tag: answer.headers.get("etag"), date };
    }
    const error = (body && body.error) || {};
    throw new Failure(error.code || "server_error", error.message || "The answer cannot be read.", answer.status);
  }

  /** Return whom a token is about. What it is worth is for the server to decide. */
  function memberOf(token) {
    try {
      const payload = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
      const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
      return JSON.parse(new TextDecoder().decode(bytes)).userData.externalId || null;
    } catch {
      return null;
    }
  }

  function readStored(key) {
    try {
      const found = JSON.parse(localStorage.getItem(key));
      return Array.isArray(found) ? found : [];
    } catch {
      return [];
    }
  }

  function store(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // A page may forbid storage: then a badge comes back with the next page.
    }
  }

  // --- What is shown: pieces -----------------------------------------------------------------------------------------

  const MARKS_AT_ONCE = 31;
  const STATUS_PICTURES = { in_progress: "flame", completed: "check", broken: "cross", not_started: "ring" };
  const TASK_TEXTS = { daily: "today", weekly: "thisWeek", monthly: "thisMonth" };

  const statusOf = (streak) => (streak.streakProgress ? streak.streakProgress.streakProgressStatus : "not_started");

  /** Return the periods that have a mark: all, or those around the present one. */
  function markedPeriods(value, target) {
    if (target <= MARKS_AT_ONCE) return { first: 1, last: target };
    const first = Math.max(1, Math.min(value - 6, target - MARKS_AT_ONCE + 3));
    return { first, last: Math.min(target, first + MARKS_AT_ONCE - 3) };
  }

  function periodMark(number, { value, next, prizes, texts, formats }) {
    const isDone = number <= value;
    const state = isDone ? "done" : number === value + 1 ? next : "";
    const words = { done: texts.markDone, now: texts.markNow, missed: texts.markMissed }[state] || texts.markToCome;
    const shown = formats.number(number);
    const prize = prizes.has(number);
    const inside = state === "done" ? picture("check") : state === "missed" ? picture("cross") : shown;
    const prizePicture = prize && picture("star");
    if (prizePicture) prizePicture.setAttribute("class", "filled prize");
    return make(
      "li",
      { class: `mark ${state}` },
      make("span", { class: "hidden" }, `${shown}: ${words}${prize ? `, ${texts.markMilestone}` : ""}`),
      typeof inside === "string" ? make("span", { "aria-hidden": "true" }, inside) : inside,
      prizePicture,
    );
  }

  /** Return what the period after the completed ones is: missed, the present one, or to come. */
  function nextMark(streak) {
    const status = statusOf(streak);
    if (status === "broken") return "missed";
    return status === "completed" || streak.taskProgress.status === "completed" ? "" : "now";
  }

  function periodMarks(streak, { texts, formats, isGuest }) {
    const value = streak.streakProgress ? streak.streakProgress.currentProgressValue : 0;
    const target = streak.completionTargetValue;
    const { first, last } = markedPeriods(value, target);
    const prizes = new Set(streak.milestones.map((milestone) => milestone.milestoneTargetValue));
    const about = { value, next: isGuest ? "" : nextMark(streak), prizes, texts, formats };
    const gap = () => make("li", { class: "mark gap", "aria-hidden": "true" }, "…");
    const marks = [];
    if (first > 1) marks.push(gap());
    for (let number = first; number <= last; number += 1) marks.push(periodMark(number, about));
    if (last < target) marks.push(gap());
    const name = fill(texts.completedPeriods, { value: formats.number(value), target: formats.number(target) });
    return make("ol", { class: "marks", role: "list", "aria-label": name }, marks);
  }

  function taskBar(streak, { texts, formats }) {
    const { currentValue, targetValue, status } = streak.taskProgress;
    const shown = fill(texts.progress, { value: formats.number(currentValue), target: formats.number(targetValue) });
    // Never full before it is.
    const limit = status === "completed" ? 100 : 98;
    const share = Math.min(limit, Math.max(0, (currentValue / targetValue) * 100));
    const name = texts[TASK_TEXTS[streak.aggregationPeriod]];
    const bar = make("div");
    bar.style.width = `${share}%`;
    return make(
      "div",
      { class: "task" },
      make("div", null, make("strong", null, name), make("span", { dir: "auto" }, shown)),
      make(
        "div",
        {
          class: "bar",
          role: "progressbar",
          "aria-label": name,
          "aria-valuemin": 0,
          "aria-valuemax": targetValue,
          "aria-valuenow": Math.min(targetValue, Math.max(0, currentValue)),
          "aria-valuetext": shown,
        },
        bar,
      ),
    );
  }

  function timeLeft(streak, view) {
    const until = streak.streakProgress && streak.streakProgress.streakBreaksAt;
    if (!until) return null;
    const text = make("span", { role: "timer" });
    view.countdowns.push(() => {
      const time = view.programme.formats.duration(Date.parse(until) - view.programme.now);
      const shown = fill(view.programme.texts.timeLeft, { time });
      if (text.textContent !== shown) text.textContent = shown;
    });
    return make("p", { class: "left" }, picture("clock"), text);
  }

  /** Return an uploaded picture, as an image that cannot run; null for what is no address. */
  function icon(address, size) {
    // A blob is what the settings' preview shows before it is saved.
    if (!/^(https?:\/\/|blob:)/i.test(address)) return null;
    const about = { class: "icon", alt: "", width: size, height: size, referrerpolicy: "no-referrer" };
    const image = make("img", about);
    // The space stays: nothing moves when a picture cannot be loaded.
    image.addEventListener("error", () => (image.style.visibility = "hidden"));
    image.src = address;
    return image;
  }

  function streakHead(streak, { texts, isGuest }, heading) {
    const status = statusOf(streak);
    return make(
      "div",
      { class: "top" },
      icon(streak.eudIcon, 44),
      make(
        "div",
        null,
        foreign("h3", streak.eudTitle || texts.untitledStreak, heading),
        !isGuest &&
          make("span", { class: `status ${status}` }, picture(STATUS_PICTURES[status]), foreign("span", streak.display.statusLabel)),
      ),
    );
  }

  const messagesOf = (streak) =>
    streak.display.messages
      .filter(Boolean)
      .map((message, index) => foreign("p", message, { class: index ? "message" : "message first" }));

  function signInNotice(view) {
    const { texts, options } = view.programme;
    return make("div", { class: "notice" }, make("p", null, texts.signInMessage), signInButton(texts, options));
  }

  function signInButton(texts, options) {
    if (options.onSignIn) {
      return button("sign-in", { class: "solid", click: () => options.onSignIn() }, texts.signInButton);
    }
    if (!options.signInUrl) return null;
    const address = new URL(options.signInUrl, document.baseURI);
    if (!/^https?:$/.test(address.protocol)) return null;
    return make("a", { class: "button solid", href: address.href, "data-key": "sign-in" }, texts.signInButton);
  }

  function failureNotice(view) {
    const { texts, isSignedOut, options } = view.programme;
    return make(
      "div",
      { class: "notice", role: "alert" },
      make("p", null, isSignedOut ? texts.signedOut : texts.unavailable),
      (isSignedOut && signInButton(texts, options)) ||
        button("retry", { class: "solid second", click: () => view.programme.refresh() }, texts.retryButton),
    );
  }

  function skeleton(texts) {
    const bone = (width) => {
      const element = make("div", { class: "bone" });
      element.style.width = width;
      return element;
    };
    const card = () =>
      make(
        "div",
        { class: "card" },
        make("div", { class: "top" }, make("div", { class: "bone round" }), make("div", null, bone("70%"), bone("40%"))),
        bone("100%"),
        bone("85%"),
        bone("60%"),
      );
    const cards = [card(), card()];
    for (const element of cards) element.setAttribute("aria-hidden", "true");
    return [make("p", { class: "hidden", role: "status" }, texts.loading), ...cards];
  }

  // --- What is shown: pages ------------------------------------------------------------------------------------------

  function streakCard(streak, view) {
    const { programme } = view;
    return make(
      "li",
      { class: "card" },
      streakHead(streak, programme),
      streak.eudDescription && foreign("p", streak.eudDescription, { class: "muted short" }),
      programme.isGuest ? null : messagesOf(streak),
      periodMarks(streak, programme),
      !programme.isGuest && taskBar(streak, programme),
      timeLeft(streak, view),
      button(
        `details-${streak.id}`,
        { class: "solid second", click: () => view.go({ streakId: streak.id }) },
        foreign("span", streak.eudViewDetailsButtonText),
        make("span", { class: "hidden" }, `: ${streak.eudTitle || programme.texts.untitledStreak}`),
      ),
    );
  }

  function streaksPage(view) {
    const { data, texts, isGuest } = view.programme;
    const call = isGuest ? signInNotice(view) : null;
    if (!data.streaks.length) return [call, emptyPage("flame", texts.noStreaks)];
    const cards = inOrderOfInterest(data.streaks).map((streak) => streakCard(streak, view));
    return [call, make("ul", { class: "stack", role: "list" }, cards)];
  }

  /** What is under way first, what is done last; otherwise as the server has them. */
  function inOrderOfInterest(streaks) {
    const rank = { in_progress: 0, completed: 2 };
    const rankOf = (streak) => rank[statusOf(streak)] ?? 1;
    return [...streaks].sort((one, other) => rankOf(one) - rankOf(other));
  }

  const emptyPage = (name, text) => make("div", { class: "center" }, picture(name), make("p", null, text));

  function ladder(streak, view) {
    const { texts } = view.programme;
    if (!streak.milestones.length) return null;
    const items = streak.milestones.map((milestone) => milestoneItem(milestone, streak, view));
    return [make("h3", { class: "section" }, texts.milestonesHeading), make("ol", { class: "ladder", role: "list" }, items)];
  }

  function milestoneItem(milestone, streak, view) {
    const { texts, formats, isGuest } = view.programme;
    const status = statusOf(streak);
    const value = status === "in_progress" ? streak.streakProgress.currentProgressValue : 0;
    const count = formats.number(Math.max(0, milestone.milestoneTargetValue - value));
    const state = milestone.isReached ? texts.milestoneReached : fill(texts.milestoneToGo, { count });
    const reward = milestone.rewardLog;
    return make(
      "li",
      null,
      make("span", { class: milestone.isReached ? "mark done" : "mark" }, formats.number(milestone.milestoneTargetValue)),
      make(
        "div",
        null,
        foreign("h4", milestone.eudTitle || texts.untitledReward),
        milestone.eudDescription && foreign("p", milestone.eudDescription, { class: "muted" }),
        !isGuest &&
          make("span", { class: "status" }, picture(milestone.isReached ? "check" : "ring"), make("span", null, state)),
        reward &&
          isUsable(reward.rewardStatus) &&
          viewReward(`reward-${reward.id}`, view),
      ),
    );
  }

  const viewReward = (key, view) =>
    button(key, { class: "solid", click: () => view.go({ tab: "rewards" }) }, view.programme.texts.viewRewardButton);

  function detailsPage(streak, view) {
    const { programme } = view;
    return [
      streakHead(streak, programme, { tabindex: "-1", "data-key": "details-title" }),
      streak.eudDescription && foreign("p", streak.eudDescription, { class: "muted" }),
      programme.isGuest ? signInNotice(view) : messagesOf(streak),
      periodMarks(streak, programme),
      !programme.isGuest && taskBar(streak, programme),
      timeLeft(streak, view),
      ladder(streak, view),
    ];
  }

  function rewardsPage(view) {
    const { data, texts, isGuest } = view.programme;
    if (isGuest) return [signInNotice(view), emptyPage("gift", texts.noRewards)];
    if (!data.rewards.length) return [emptyPage("gift", texts.noRewards)];
    const groups = [
      [texts.rewardsReady, (status) => isUsable(status)],
      [texts.rewardsUsed, (status) => status === "redeemed"],
      [texts.rewardsExpired, (status) => status === "expired"],
    ];
    return groups.flatMap(([title, belongs]) => {
      const rewards = data.rewards.filter((reward) => belongs(reward.rewardStatus));
      if (!rewards.length) return [];
      const cards = rewards.map((reward) => rewardCard(reward, view));
      return [make("h3", { class: "section" }, title), make("ul", { class: "stack", role: "list" }, cards)];
    });
  }

  function rewardCard(reward, view) {
    const { texts, formats } = view.programme;
    const { milestone, couponCode: code, rewardStatus: status } = reward;
    const usable = isUsable(status);
    const when = { redeemed: [texts.usedOn, reward.redeemedAt], expired: [texts.expiredOn, reward.rewardExpiryAt] };
    const [sentence, instant] = when[status] || [texts.validUntil, reward.rewardExpiryAt];
    const howTo = reward.eudMilestoneRewardInstructionMessage;
    return make(
      "li",
      { class: usable ? "card" : "card over" },
      make(
        "div",
        { class: "top" },
        make(
          "div",
          null,
          foreign("h3", rewardTitle(reward, texts)),
          milestone && milestone.eudDescription && foreign("p", milestone.eudDescription, { class: "muted" }),
        ),
      ),
      code ? couponCode(reward, view) : usable && make("p", { class: "message" }, texts.rewardPending),
      instant && make("p", { class: "muted" }, fill(sentence, { date: formats.date(instant) })),
      usable && howTo && howToRedeem(reward, howTo, view),
    );
  }

  function couponCode(reward, view) {
    const { texts } = view.programme;
    const shown = make("code", { dir: "ltr", id: `code-${reward.id}` }, reward.couponCode);
    const copied = view.copied && view.copied.id === reward.id ? view.copied : {};
    const isCopied = copied.isDone === true;
    return make(
      "div",
      { class: "code" },
      shown,
      isUsable(reward.rewardStatus) &&
        button(
          `copy-${reward.id}`,
          { class: isCopied ? "solid second" : "solid", click: () => view.copy(reward, shown) },
          isCopied && picture("check"),
          isCopied ? texts.copied : texts.copyButton,
          make("span", { class: "hidden" }, `: ${reward.couponCode}`),
        ),
      copied.isDone === false && make("p", { class: "muted" }, texts.copyFailed),
    );
  }

  function howToRedeem(reward, text, view) {
    const summary = make("summary", { "data-key": `how-${reward.id}` }, view.programme.texts.howToRedeem);
    const details = make("details", null, summary, foreign("p", text));
    details.open = view.opened.has(reward.id);
    details.addEventListener("toggle", () => (details.open ? view.opened.add(reward.id) : view.opened.delete(reward.id)));
    return details;
  }

  function party(view) {
    const { won, texts } = view.programme;
    if (!won.length) return null;
    const titles = won.map((reward) => rewardTitle(reward, texts));
    return make(
      "div",
      { class: "party" },
      make("strong", null, picture("trophy"), make("span", null, texts.milestoneCelebration)),
      titles.map((title) => foreign("p", title)),
      viewReward("party", view),
      view.partyOf !== won && confetti(),
    );
  }

  function confetti() {
    const pieces = Array.from({ length: 18 }, (_, number) => {
      const piece = make("i");
      piece.style.setProperty("--at", (number * 61) % 100);
      piece.style.setProperty("--hue", (number * 47) % 360);
      piece.style.setProperty("--wait", (number * 73) % 500);
      return piece;
    });
    return make("div", { class: "confetti", "aria-hidden": "true" }, pieces);
  }

  // --- A place where the programme is shown --------------------------------------------------------------------------

  class View {
    constructor(host, programme) {
      Object.assign(this, { host, programme, tab: "streaks", streakId: null, copied: null });
      Object.assign(this, { opened: new Set(), countdowns: [], partyOf: null });
      this.shadow = host.shadowRoot || attachShadow(host);
      this.root = make("div", { class: "root" });
      this.inside = make("div", { class: "inside" });
      this.said = make("p", { class: "hidden", role: "status" });
      this.shadow.replaceChildren(this.root);
      programme.views.add(this);
    }

    say(text) {
      this.said.textContent = "";
      setTimeout(() => (this.said.textContent = text), 50);
    }

    go({ tab = this.tab, streakId = null }) {
      const cameFrom = this.streakId;
      Object.assign(this, { tab, streakId });
      this.leavePage();
      this.draw();
      const body = this.shadow.querySelector(".body");
      body.scrollTop = 0;
      const goal = streakId ? "details-title" : tab === "rewards" ? "tab-rewards" : `details-${cameFrom}`;
      this.focusKey(goal);
    }

    /** What was said about the moment is over. */
    leavePage() {
      this.copied = null;
      this.programme.won = [];
    }

    focusKey(key) {
      const found = this.shadow.querySelector(`[data-key="${CSS.escape(key)}"]`);
      if (found) found.focus();
      return Boolean(found);
    }

    async copy(reward, shown) {
      const isDone = await copyText(reward.couponCode, shown);
      const { texts } = this.programme;
      this.say(isDone ? texts.copied : texts.copyFailed);
      this.copied = { id: reward.id, isDone };
      this.draw();
      if (!isDone) select(this.shadow.getElementById(`code-${reward.id}`));
    }

    tick() {
      for (const update of this.countdowns) update();
    }

    get streak() {
      const { data } = this.programme;
      return data && this.streakId ? data.streaks.find(({ id }) => id === this.streakId) : null;
    }

    /** Give the root its language, direction and colours. */
    dress() {
      const { shownLanguage, theme } = this.programme;
      this.root.lang = shownLanguage;
      this.root.dir = RIGHT_TO_LEFT.test(shownLanguage) ? "rtl" : "ltr";
      for (const [name, value] of Object.entries(paletteOf(theme))) this.root.style.setProperty(name, value);
      this.root.style.setProperty("--radius", `${Number(theme.borderRadius) || 0}px`);
      const isPages = theme.fontFamily === "inherit" && document.body;
      this.root.style.setProperty("--font", isPages ? getComputedStyle(document.body).fontFamily : theme.fontFamily);
    }

    /** Draw anew what can be seen; the focus stays where it was. */
    draw() {
      this.dress();
      const active = this.shadow.activeElement;
      const key = active && active.dataset.key;
      this.countdowns = [];
      this.render();
      this.tick();
      if (key && this.shadow.activeElement !== active && !this.focusKey(key)) this.loseFocus();
      if (this.isShown) this.partyOf = this.programme.won;
    }

    loseFocus() {
      const body = this.shadow.querySelector(".body");
      if (body) body.focus();
    }

    pages() {
      const { data, failure, texts, request } = this.programme;
      const notice = failure && !request ? failureNotice(this) : null;
      if (!data) return notice ? [make("div", { class: "center" }, notice)] : skeleton(texts);
      const streak = this.streak;
      if (streak) return [notice, party(this), ...detailsPage(streak, this)];
      return [notice, party(this), ...(this.tab === "rewards" ? rewardsPage(this) : streaksPage(this))];
    }

    tabs() {
      const { data, texts, unseen } = this.programme;
      if (!data || this.streak) return null;
      const tab = (name, text, count) => {
        const isChosen = this.tab === name;
        const about = {
          role: "tab",
          id: `tab-${name}`,
          "aria-controls": "page",
          "aria-selected": String(isChosen),
          tabindex: isChosen ? 0 : -1,
          click: () => this.switchTo(name),
          keydown: (event) => this.onTabKey(event),
        };
        return button(`tab-${name}`, about, text, count && make("span", { class: "count" }, count));
      };
      const count = unseen.length ? this.programme.formats.number(unseen.length) : null;
      return make(
        "div",
        { class: "tabs", role: "tablist", "aria-label": texts.panelTitle },
        tab("streaks", texts.streaksTab),
        tab("rewards", texts.rewardsTab, count),
      );
    }

    switchTo(tab) {
      this.tab = tab;
      this.leavePage();
      this.draw();
      this.focusKey(`tab-${tab}`);
    }

    onTabKey(event) {
      const other = this.tab === "streaks" ? "rewards" : "streaks";
      const goal = { ArrowLeft: other, ArrowRight: other, Home: "streaks", End: "rewards" }[event.key];
      if (!goal) return;
      event.preventDefault();
      this.switchTo(goal);
    }

    head(closeButton) {
      const { texts } = this.programme;
      const back = this.streak && pictureButton("back", texts.backButton, () => this.go({}));
      return make("div", { class: "head" }, back, make("h2", { id: "title", dir: "auto" }, texts.panelTitle), closeButton);
    }

    /** Draw everything but the page's place: it stays scrolled as it was. */
    fill(closeButton) {
      if (this.tab === "rewards" && !this.streak && this.isShown) this.programme.noteSeen(this);
      const old = this.inside.querySelector(".body");
      const scrolled = old ? old.scrollTop : 0;
      const hasTabs = this.programme.data && !this.streak;
      const about = {
        class: "body",
        id: "page",
        tabindex: 0,
        "data-key": "page",
        "aria-busy": this.programme.request && !this.programme.data ? "true" : null,
        role: hasTabs ? "tabpanel" : "group",
        "aria-labelledby": hasTabs ? `tab-${this.tab}` : "title",
      };
      const body = make("div", about, this.pages());
      this.inside.replaceChildren(...[this.head(closeButton), this.tabs(), body].filter(Boolean));
      body.scrollTop = scrolled;
    }
  }

  async function copyText(text, shown) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      select(shown);
      return document.execCommand("copy");
    }
  }

  function select(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }

  /** The launcher in a corner of the page, and the panel that it opens. */
  class FloatingView extends View {
    constructor(host, programme) {
      super(host, programme);
      this.isOpen = false;
      this.launcher = button(null, { class: "launcher", "aria-haspopup": "dialog", click: () => this.toggle() });
      const about = { class: "panel", "aria-labelledby": "title", keydown: (event) => this.onKey(event) };
      this.panel = make("dialog", about, this.inside);
      this.panel.addEventListener("cancel", (event) => {
        event.preventDefault();
        this.close();
      });
      this.launcher.hidden = true;
      this.root.append(this.launcher, this.panel, this.said);
      this.narrow = matchMedia("(max-width: 479px), (max-height: 479px)");
      this.onWidth = () => this.isOpen && this.show(this.shadow.activeElement);
      this.narrow.addEventListener("change", this.onWidth);
    }

    get isShown() {
      return this.isOpen;
    }

    onKey(event) {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }

    toggle() {
      if (this.isOpen) this.close();
      else this.open();
    }

    open() {
      if (this.isOpen) return;
      this.isOpen = true;
      this.cameFrom = document.activeElement;
      this.draw();
      this.show();
      this.programme.tell("open", {});
      if (!this.programme.request && !this.programme.isSignedOut) this.programme.refreshWhenStale();
    }

    /** Show the panel beside the page, or covering it where there is no room. */
    show(focused) {
      if (this.panel.open) this.panel.close();
      this.panel.setAttribute("aria-modal", String(this.narrow.matches));
      if (this.narrow.matches) this.panel.showModal();
      else this.panel.show();
      // Screen readers announce nothing outside of a panel that covers the page.
      this.panel.append(this.said);
      if (focused && focused !== this.launcher) focused.focus();
      else this.focusKey("close");
    }

    close() {
      if (!this.isOpen) return;
      this.isOpen = false;
      this.panel.close();
      this.root.append(this.said);
      this.streakId = null;
      this.leavePage();
      this.draw();
      if (this.launcher.hidden && this.cameFrom) this.cameFrom.focus();
      else this.launcher.focus();
      this.programme.tell("close", {});
    }

    render() {
      this.place();
      if (this.isOpen) this.fill(pictureButton("close", this.programme.texts.closeButton, () => this.close()));
      else this.inside.replaceChildren();
      this.renderLauncher();
    }

    place() {
      const { alignment, alignmentPositionX, alignmentPositionY } = this.programme.launcher;
      const side = alignment === "bottom_left" ? "left" : "right";
      const [x, y] = [Number(alignmentPositionX) || 0, Number(alignmentPositionY) || 0];
      this.root.style.setProperty("--left", side === "left" ? `${x}px` : "auto");
      this.root.style.setProperty("--right", side === "right" ? `${x}px` : "auto");
      this.root.style.setProperty("--bottom", `${y}px`);
    }

    renderLauncher() {
      const { programme } = this;
      const { launcherTitle, launcherIcon } = programme.launcher;
      const isWanted = programme.options.launcher !== false && (programme.isReady || programme.failure || this.isOpen);
      const count = programme.unseen.length;
      const badge = count ? programme.formats.number(count) : "";
      const name = badge ? `${launcherTitle}, ${fill(programme.texts.newRewards, { count: badge })}` : launcherTitle;
      this.launcher.hidden = !isWanted;
      this.launcher.setAttribute("aria-label", name);
      this.launcher.setAttribute("aria-expanded", String(this.isOpen));
      this.launcher.replaceChildren(
        this.launcherPicture(launcherIcon),
        foreign("span", launcherTitle, { class: "title" }),
        ...(badge ? [make("span", { class: "badge" }, badge)] : []),
      );
    }

    launcherPicture(name) {
      const image = icon(name, 28);
      if (!image) return picture(name);
      image.addEventListener("error", () => image.replaceWith(picture("flame")));
      return image;
    }

    remove() {
      this.narrow.removeEventListener("change", this.onWidth);
      this.host.remove();
    }
  }

  /** The same inside of a page: nothing opens. */
  class InlineView extends View {
    constructor(host, programme) {
      super(host, programme);
      this.root.append(make("section", { class: "inline", "aria-labelledby": "title" }, this.inside), this.said);
      this.root.classList.add("within");
    }

    get isShown() {
      return true;
    }

    render() {
      this.fill(null);
    }

    /** Show again what the page itself has put into the element. */
    remove() {
      this.shadow.replaceChildren(make("slot"));
    }
  }

  // --- What the page calls -------------------------------------------------------------------------------------------

  let current = null;
  let shared = null;
  const waiting = new Set();

  function baseUrlOf(options) {
    const address = options.apiUrl || (script && script.src && new URL("../../", script.src).href);
    if (!address) throw new TypeError("Gamopanda.initialize: say apiUrl, such as https://streaks.example.com/");
    return address.endsWith("/") ? address : `${address}/`;
  }

  /** Start the display and return its handle. A second call takes the place of the first. */
  function initialize(options) {
    if (!options || typeof options.accountId !== "string" || !options.accountId) {
      throw new TypeError("Gamopanda.initialize: say accountId, as your administrators know it.");
    }
    if (current) current.destroy();
    const programme = new Programme({ ...options, baseUrl: baseUrlOf(options) });
    const host = document.createElement("gamopanda-display");
    host.setAttribute("data-floating", "");
    const floating = new FloatingView(host, programme);
    const handle = handleOf(programme, floating);
    current = handle;
    shared = programme;
    whenThereIsABody(() => current === handle && document.body.append(host));
    for (const element of waiting) element.show(programme);
    programme.refresh();
    return handle;
  }

  function whenThereIsABody(then) {
    if (document.body) then();
    else addEventListener("DOMContentLoaded", then, { once: true });
  }

  function handleOf(programme, floating) {
    const handle = {
      open: () => floating.open(),
      close: () => floating.close(),
      refresh: () => programme.refresh(),
      setAccessToken: (token) => programme.setToken(token),
      setLanguage: (language) => programme.setLanguage(language),
      destroy() {
        for (const view of programme.views) view.remove();
        programme.destroy();
        if (current === handle) current = shared = null;
      },
    };
    return Object.freeze(handle);
  }

  /** Shows what `initialize` has started, inside of a page. */
  class GamopandaStreaks extends HTMLElement {
    connectedCallback() {
      this.setAttribute("data-inline", "");
      waiting.add(this);
      if (shared) this.show(shared);
    }

    show(programme) {
      if (this.view && this.view.programme === programme) return;
      this.view = new InlineView(this, programme);
      this.view.draw();
    }

    disconnectedCallback() {
      waiting.delete(this);
      if (this.view) this.view.programme.views.delete(this.view);
      this.view = null;
    }
  }

  if (window.Gamopanda) return;
  window.Gamopanda = Object.freeze({ initialize });
  if (!customElements.get("gamopanda-streaks")) customElements.define("gamopanda-streaks", GamopandaStreaks);
  if (script && script.dataset.accountId) {
    // For guests: a token has no place in the page's markup.
    const { accountId, languageCode, signInUrl, theme } = script.dataset;
    initialize({ accountId, languageCode, signInUrl, theme });
  }
})();
