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
  const RIGHT_TO_LEFT = /^(ar|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)\b/i;

  function offlineTexts(language) {
    const texts = OFFLINE_TEXTS[language.toLowerCase().split("-")[0]] || OFFLINE_TEXTS.en;
    const [title, loading, unavailable, retryButton, closeButton, signedOut, signInButton] = texts;
    const names = { launcherTitle: title, panelTitle: title };
    return { ...names, loading, unavailable, retryButton, closeButton, signedOut, signInButton };
  }

  // --- Pictures, on a grid of 24 -------------------------------------------------------------------------------------

  const FILLED = {
    flame: "M12.6 1.5c.9 3.4-.9 5.4-2.8 7.4C8 10.900 6.500 12.300 6.300 14.300 5.300 13.500 5 12.300 5 11c-1.300 1.400-2 3.100-2 5 0 4.200 4 7 9 7s9-2.800 9-7.300c0-3.300-1.700-5.300-3.400-7.200-.3 1.500-.8 2.500-1.900 3.200.5-4-.7-7.600-3.100-10.200z",
    gift: "M11 21H5.500A1.500 1.500 0 0 1 4 19.500V13h7zm9-8v6.500a1.500 1.500 0 0 1-1.500 1.500H13v-8zM7.800 2.500c1.900 0 3.300 1.300 4.200 3 .9-1.700 2.300-3 4.200-3a2.800 2.800 0 0 1 2.700 3.500H20a1.500 1.500 0 0 1 1.500 1.500V11H13V7h-2v4H2.500V7.500A1.500 1.500 0 0 1 4 6h1.100a2.800 2.800 0 0 1 2.700-3.500zm0 2a.8.8 0 0 0 0 1.600h2.300c-.6-1-1.400-1.600-2.300-1.600zm8.400 0c-.9 0-1.700.6-2.300 1.600h2.300a.8.8 0 0 0 0-1.600z",
    star: "M12 2l3.100 6.300 6.900 1-5 4.900 1.200 6.900L12 17.800l-6.200 3.300L7 14.200 2 9.300l6.900-1z",
    trophy: "M7 2h10v2h4v3a5 5 0 0 1-4.300 5A5.500 5.500 0 0 1 13 15.400V18h2.500a1.500 1.500 0 0 1 1.500 1.500V22H7v-2.500A1.500 1.500 0 0 1 8.500 18H11v-2.600A5.500 5.500 0 0 1 7.300 12 5 5 0 0 1 3 7V4h4zm-2 4v1a3 3 0 0 0 2 2.800V6zm14 0h-2v3.800A3 3 0 0 0 19 7z",
    heart: "M12 21.300l-1.600-1.400C4.700 14.700 2 12.200 2 8.500A5.300 5.300 0 0 1 7.400 3c1.800 0 3.500.9 4.600 2.200A6.100 6.100 0 0 1 16.600 3 5.300 5.300 0 0 1 22 8.500c0 3.700-2.700 6.200-8.400 11.400z",
    bolt: "M13.500 1.500L4 14h6.500L9 22.500 20 9.500h-7z",
  };
  const DRAWN = {
    close: "M6 6l12 12M18 6L6 18",
    back: "M15 5l-7 7 7 7",
    check: "M5 12.500l4.500 4.500L19 7.500",
    cross: "M7 7l10 10M17 7L7 17",
    clock: "M12 7v5l3.500 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
    dot: "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
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

  /** Somebody else's text: in its own direction, and apart from what surrounds it. */
  const foreign = (name, text, properties) => make(name, { dir: "auto", ...properties }, String(text));

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

  /** Read any colour that the browser knows as its three channels; `otherwise` for what is none. */
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

  /** Turn a theme into the custom properties that the styles use; every text can be read, whatever the theme says. */
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
      -webkit-text-size-adjust: 100%; text-align: left; hyphens: auto;
    }
    .root[dir=rtl] { text-align: right; }
    .root *, .root *::before, .root *::after { box-sizing: border-box; }
    h2, h3, h4, p, ul, ol, dl { margin: 0; padding: 0; font-size: inherit; }
    ul, ol { list-style: none; }
    svg { width: 1.25em; height: 1.25em; flex: none; }
    .filled { fill: currentColor; }
    .drawn { fill: none; stroke: currentColor; stroke-width: 2.25; stroke-linecap: round; stroke-linejoin: round; }
    .dot { fill: currentColor; }
    [dir=rtl] .back { transform: scaleX(-1); }
    .hidden {
      position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
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
      bottom: calc(var(--bottom) + env(safe-area-inset-bottom, 0px)); display: inline-flex; align-items: center; gap: 8px; min-width: 56px; height: 56px;
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
    .panel[open] { display: flex; flex-direction: column; animation: rise .22s ease-out; }
    .panel::backdrop { background: none; }
    .inline {
      display: flex; flex-direction: column; position: relative; height: 100%; min-height: 320px;
      border: 1px solid var(--line); border-radius: var(--radius); overflow: hidden; background: var(--surface);
    }
    .stack { display: grid; gap: 14px; }
    .root.within { display: block; height: 100%; }
    .head { display: flex; align-items: center; gap: 8px; padding: 14px 8px 6px 16px; min-height: 60px; }
    [dir=rtl] .head { padding: 14px 16px 6px 8px; }
    .head h2 { flex: 1; min-width: 0; font-size: 20px; line-height: 1.25; font-weight: 700; overflow-wrap: anywhere; }
    .square { display: inline-grid; place-items: center; width: 44px; height: 44px; border-radius: 50%; flex: none; }
    .square:hover { background: var(--soft); }
    .tabs { display: flex; gap: 4px; margin: 4px 16px 10px; padding: 4px; border-radius: 999px; background: var(--soft); }
    .tabs button {
      flex: 1 1 auto; min-width: 0; min-height: 40px; padding: 4px 8px; border-radius: 999px; text-align: center;
      font-weight: 600; color: var(--text); overflow-wrap: anywhere;
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
      background: var(--soft); overflow-wrap: anywhere;
    }
    .notice > p { flex: 1 1 180px; min-width: 0; }
    .center { flex: 1 0 auto; display: grid; place-content: center; justify-items: center; gap: 14px; text-align: center;
      padding: 24px 8px; color: var(--text); overflow-wrap: anywhere; }
    .center .notice { justify-content: center; max-width: 320px; }
    .center > svg { width: 48px; height: 48px; color: var(--accent); }

    .card { display: grid; gap: 12px; padding: 16px; border: 1px solid var(--line); border-radius: calc(var(--radius) * .85); }
    .top { display: flex; gap: 12px; align-items: flex-start; }
    .icon { object-fit: contain; flex: none; border-radius: 22%; }
    .top > div { flex: 1; min-width: 0; display: grid; gap: 6px; justify-items: start; }
    .top h3 { font-size: 17px; line-height: 1.3; font-weight: 700; width: 100%; overflow-wrap: anywhere; }
    .status {
      display: inline-flex; align-items: center; gap: 4px; max-width: 100%; padding: 1px 10px 1px 6px; border-radius: 999px;
      background: var(--soft); color: var(--accent); font-size: 13px; font-weight: 600; overflow-wrap: anywhere;
    }
    .status svg { width: 16px; height: 16px; }
    .status.broken { color: var(--text); }
    .muted { color: var(--muted); font-size: 15px; overflow-wrap: anywhere; }
    .short { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
    .message { overflow-wrap: anywhere; }
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
      text-align: center; overflow-wrap: anywhere;
    }
    .solid.second { background: var(--secondary); color: var(--on-secondary); }
    .solid:hover { filter: brightness(1.1); }
    .section { font-size: 15px; font-weight: 700; margin-top: 4px; }
    .ladder { display: grid; gap: 14px; }
    .ladder li { display: flex; gap: 12px; align-items: flex-start; }
    .ladder li > div { flex: 1; min-width: 0; display: grid; gap: 4px; justify-items: start; }
    .ladder h4 { font-weight: 600; width: 100%; overflow-wrap: anywhere; }
    .ladder .mark { flex: none; min-width: 34px; width: auto; padding: 0 6px; height: 34px; border-radius: 17px; }

    .code { display: flex; flex-wrap: wrap; gap: 8px; align-items: stretch; }
    .code code {
      flex: 1 1 200px; min-width: 0; display: flex; align-items: center; justify-content: center; min-height: 44px;
      padding: 6px 10px; border: 2px dashed var(--edge); border-radius: calc(var(--radius) * .6); background: var(--soft);
      font: 600 16px/1.3 ui-monospace, Menlo, Consolas, monospace; text-align: center; overflow-wrap: anywhere; user-select: all;
      hyphens: none;
    }
    .code .solid { flex: 1 1 130px; }
    .over .code code { text-decoration: line-through; color: var(--muted); background: none; }
    details > summary { cursor: pointer; min-height: 28px; font-weight: 600; font-size: 15px; color: var(--accent); }
    details > p { margin-top: 6px; overflow-wrap: anywhere; }

    .party {
      position: relative; overflow: hidden; display: grid; gap: 10px; justify-items: start; padding: 14px 16px;
      border-radius: calc(var(--radius) * .85); background: var(--primary); color: var(--on-primary); overflow-wrap: anywhere;
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
      *, *::before { animation: none !important; transition: none !important; }
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

  const TIMEOUT = 15000;
  const STALE_AFTER = 60000;
  const CELEBRATION = 20000;

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
      this.shownAt = 0;
      this.forget();
      this.onVisible = () => document.visibilityState === "visible" && this.refreshWhenStale();
      this.onOnline = () => this.failure && this.refresh();
      document.addEventListener("visibilitychange", this.onVisible);
      addEventListener("online", this.onOnline);
      this.dark = matchMedia("(prefers-color-scheme: dark)");
      this.onScheme = () => this.draw();
      this.dark.addEventListener("change", this.onScheme);
      this.ticker = setInterval(() => this.tick(), 1000);
    }

    /** Forget everything that is a member's. Settings and fixed texts are everybody's and stay. */
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
      const { alignment, alignmentPositionX, alignmentPositionY, launcherIcon, launcherTitle } = this.options;
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

    /** Ask the server, once at a time: what is asked anew takes the place of what is on its way. */
    async refresh() {
      if (this.request) this.request.abort();
      const request = new AbortController();
      this.request = request;
      this.draw();
      try {
        const answer = await this.ask(request);
        if (this.request === request) this.take(answer);
      } catch (error) {
        if (this.request === request) this.fail(error);
      } finally {
        if (this.request === request) this.request = null;
      }
      this.draw();
    }

    /** Send the one request; when the token has expired, fetch a new one and send it once more. */
    async ask(request) {
      const answer = await this.send(request);
      if (answer.status !== 401 || this.isGuest || !this.options.refreshAccessToken) return read(answer);
      await this.renewToken();
      return read(await this.send(request));
    }

    async renewToken() {
      const token = await Promise.resolve(this.options.refreshAccessToken()).catch(() => null);
      // Whoever was signed in is never silently a guest.
      if (!token) throw new Failure("unauthorized", "There is no new access token.", 401);
      if (memberOf(token) === null || memberOf(token) !== memberOf(this.token)) this.forget();
      this.token = token;
    }

    async send(request) {
      const address = new URL("api/v1.0/end-user-display", this.options.baseUrl);
      address.searchParams.set("languageCode", this.language);
      const headers = { accept: "application/json" };
      if (this.token) {
        headers["x-account-id"] = this.options.accountId;
        headers["x-enduser-access-token"] = this.token;
      }
      if (this.tag) headers["if-none-match"] = this.tag;
      const how = { headers, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
      const timer = setTimeout(() => request.abort(), TIMEOUT);
      try {
        return await fetch(address, { ...how, signal: request.signal });
      } finally {
        clearTimeout(timer);
      }
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

    /** Return when something will change by the clock alone: a period ends, or a run breaks. */
    nextChange() {
      const instants = this.data.streaks.flatMap((streak) => [
        streak.taskProgress.periodEndsAt,
        streak.streakProgress && streak.streakProgress.streakBreaksAt,
      ]);
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

    /** Tell the page what has happened since the last answer. */
    compare(before, after) {
      const known = new Set(before.rewards.map((reward) => reward.id));
      const fresh = after.rewards.filter((reward) => !known.has(reward.id));
      for (const reward of fresh) {
        const { id, milestoneId, linkedSchemaRecordId: streakId } = reward;
        this.tell("milestone", { streakId, milestoneId, rewardLogId: id });
      }
      if (fresh.length) this.celebrate(fresh);
      const runs = new Map(before.streaks.map((streak) => [streak.id, streak.streakProgress]));
      for (const { id, streakProgress: run } of after.streaks) {
        const was = runs.get(id);
        const isNews = run && (!was || was.id !== run.id || was.streakProgressStatus !== run.streakProgressStatus);
        if (isNews && runs.has(id) && run.streakProgressStatus !== "in_progress") {
          this.tell(run.streakProgressStatus, { streakId: id, streakProgressId: run.id });
        }
      }
    }

    celebrate(rewards) {
      this.won = rewards;
      setTimeout(() => {
        if (this.won !== rewards) return;
        this.won = [];
        this.draw();
      }, CELEBRATION);
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
      const seen = new Set(readStored(this.seenKey));
      const rewards = this.data ? this.data.rewards : [];
      return rewards.filter(({ id, rewardStatus }) => isUsable(rewardStatus) && !seen.has(id));
    }

    noteSeen() {
      if (!this.unseen.length) return;
      store(this.seenKey, [...this.data.rewards.map((reward) => reward.id), ...readStored(this.seenKey)].slice(0, 200));
    }

    destroy() {
      if (this.request) this.request.abort();
      this.request = null;
      clearInterval(this.ticker);
      document.removeEventListener("visibilitychange", this.onVisible);
      removeEventListener("online", this.onOnline);
      this.dark.removeEventListener("change", this.onScheme);
      this.views.clear();
      this.forget();
      this.token = null;
    }
  }

  const isUsable = (status) => status === "issued" || status === "pending";

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

  /** Return whom a token is about, to tell a renewed one from somebody else's. The server alone decides what it is worth. */
  function memberOf(token) {
    try {
      const payload = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
      const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
      return JSON.parse(new TextDecoder().decode(bytes)).userData.externalId || null;
    } catch {
      return null;
    }
  }

  // A page may forbid storage: then a badge stays until the panel is opened, and comes back with the next page.
  const remembered = new Map();

  function readStored(key) {
    try {
      const found = JSON.parse(localStorage.getItem(key) || "[]");
      return Array.isArray(found) ? found : [];
    } catch {
      return remembered.get(key) || [];
    }
  }

  function store(key, value) {
    remembered.set(key, value);
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Remembered for this page.
    }
  }

  // --- What is shown: pieces -----------------------------------------------------------------------------------------

  const MARKS_AT_ONCE = 31;
  const STATUS_PICTURES = { in_progress: "flame", completed: "check", broken: "cross", not_started: "ring" };
  const TASK_TEXTS = { daily: "today", weekly: "thisWeek", monthly: "thisMonth" };

  const statusOf = (streak) => (streak.streakProgress ? streak.streakProgress.streakProgressStatus : "not_started");

  /** Return which periods have a mark: all, or as many as fit around the present one. */
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

  /** Return what the period after the completed ones is: the one in which a run broke, the present one, or none yet. */
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

  /** Return a picture that somebody has uploaded, or null for what is no address of one. The image cannot run. */
  function icon(address, size) {
    // A blob is what the settings' preview shows before it is saved.
    if (!/^(https?:\/\/|blob:)/i.test(address)) return null;
    const image = make("img", { class: "icon", referrerpolicy: "no-referrer", alt: "", width: size, height: size });
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
      return make("button", { type: "button", class: "solid", "data-key": "sign-in", click: () => options.onSignIn() }, texts.signInButton);
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
        make("button", { type: "button", class: "solid second", "data-key": "retry", click: () => view.programme.refresh() }, texts.retryButton),
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
      make(
        "button",
        { type: "button", class: "solid second", "data-key": `details-${streak.id}`, click: () => view.go({ streakId: streak.id }) },
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
    const rungs = streak.milestones.map((milestone) => rung(milestone, streak, view));
    return [make("h3", { class: "section" }, texts.milestonesHeading), make("ol", { class: "ladder", role: "list" }, rungs)];
  }

  function rung(milestone, streak, view) {
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
          make(
            "button",
            { type: "button", class: "solid", "data-key": `reward-${reward.id}`, click: () => view.go({ tab: "rewards" }) },
            texts.viewRewardButton,
          ),
      ),
    );
  }

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
          foreign("h3", (milestone && milestone.eudTitle) || texts.untitledReward),
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
    const shown = make("code", { dir: "ltr" }, reward.couponCode);
    const isCopied = view.copied === reward.id;
    return make(
      "div",
      { class: "code" },
      shown,
      isUsable(reward.rewardStatus) &&
        make(
          "button",
          { type: "button", class: isCopied ? "solid second" : "solid", "data-key": `copy-${reward.id}`, click: () => view.copy(reward, shown) },
          isCopied && picture("check"),
          isCopied ? texts.copied : texts.copyButton,
          make("span", { class: "hidden" }, `: ${reward.couponCode}`),
        ),
    );
  }

  function howToRedeem(reward, text, view) {
    const details = make("details", null, make("summary", { "data-key": `how-${reward.id}` }, view.programme.texts.howToRedeem), foreign("p", text));
    details.open = view.opened.has(reward.id);
    details.addEventListener("toggle", () => (details.open ? view.opened.add(reward.id) : view.opened.delete(reward.id)));
    return details;
  }

  function party(view) {
    const { won, texts } = view.programme;
    if (!won.length) return null;
    const titles = won.map(({ milestone }) => (milestone && milestone.eudTitle) || texts.untitledReward);
    return make(
      "div",
      { class: "party" },
      make("strong", null, picture("trophy"), make("span", null, texts.milestoneCelebration)),
      titles.map((title) => foreign("p", title)),
      make("button", { type: "button", class: "solid", "data-key": "party", click: () => view.go({ tab: "rewards" }) }, texts.viewRewardButton),
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
      Object.assign(this, { opened: new Set(), countdowns: [], drawn: null, partyOf: null });
      this.shadow = host.shadowRoot || attachShadow(host);
      this.root = make("div", { class: "root" });
      this.said = make("p", { class: "hidden", role: "status", "aria-live": "polite" });
      this.shadow.replaceChildren(this.root);
      programme.views.add(this);
    }

    /** Say something to screen readers. */
    say(text) {
      this.said.textContent = "";
      setTimeout(() => (this.said.textContent = text), 50);
    }

    go({ tab = this.tab, streakId = null }) {
      const cameFrom = this.streakId;
      Object.assign(this, { tab, streakId });
      this.draw();
      const body = this.shadow.querySelector(".body");
      body.scrollTop = 0;
      const goal = streakId ? "details-title" : tab === "rewards" ? "tab-rewards" : `details-${cameFrom}`;
      this.focusKey(goal);
    }

    focusKey(key) {
      const found = [...this.shadow.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key);
      if (found) found.focus();
      return Boolean(found);
    }

    async copy(reward, shown) {
      const isDone = await copyText(reward.couponCode, shown);
      const { texts } = this.programme;
      this.say(isDone ? texts.copied : texts.copyFailed);
      if (!isDone) return;
      this.copied = reward.id;
      this.draw();
      setTimeout(() => {
        if (this.copied !== reward.id) return;
        this.copied = null;
        this.draw();
      }, 2500);
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
      this.root.style.setProperty("--font", theme.fontFamily);
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
      this.announce();
    }

    /** What had the focus is gone: keep it inside. */
    loseFocus() {
      const body = this.shadow.querySelector(".body");
      if (body) body.focus();
    }

    announce() {
      const { won, texts } = this.programme;
      if (!won.length || this.partyOf === won) return;
      this.partyOf = won;
      const titles = won.map(({ milestone }) => (milestone && milestone.eudTitle) || texts.untitledReward);
      this.say(`${texts.milestoneCelebration} ${titles.join(", ")}`);
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
      const tab = (name, text, count) =>
        make(
          "button",
          {
            type: "button",
            role: "tab",
            id: `tab-${name}`,
            "data-key": `tab-${name}`,
            "aria-selected": String(this.tab === name),
            "aria-controls": "page",
            tabindex: this.tab === name ? "0" : "-1",
            click: () => this.switchTo(name),
            keydown: (event) => this.onTabKey(event),
          },
          text,
          count && make("span", { class: "count" }, count),
        );
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
      this.streakId = null;
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
      const back =
        this.streak &&
        make(
          "button",
          { type: "button", class: "square", "aria-label": texts.backButton, "data-key": "back", click: () => this.go({}) },
          picture("back"),
        );
      return make("div", { class: "head" }, back, make("h2", { id: "title", dir: "auto" }, texts.panelTitle), closeButton);
    }

    /** Put head, tabs and page into an element, and leave the page scrolled as it was. */
    fillPanel(panel, closeButton) {
      const old = panel.querySelector(".body");
      const scrolled = old ? old.scrollTop : 0;
      const hasTabs = this.programme.data && !this.streak;
      const pageRole = hasTabs ? { role: "tabpanel", "aria-labelledby": `tab-${this.tab}` } : { role: "group", "aria-labelledby": "title" };
      const busy = this.programme.request && !this.programme.data ? "true" : null;
      const body = make("div", { class: "body", id: "page", tabindex: "0", "data-key": "page", "aria-busy": busy, ...pageRole }, this.pages());
      panel.replaceChildren(...[this.head(closeButton), this.tabs(), body].filter(Boolean));
      body.scrollTop = scrolled;
      if (hasTabs && this.tab === "rewards" && this.isShown) this.programme.noteSeen();
    }
  }

  async function copyText(text, shown) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const range = document.createRange();
      range.selectNodeContents(shown);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return document.execCommand("copy");
    }
  }

  /** The launcher in a corner of the page, and the panel that it opens. */
  class FloatingView extends View {
    constructor(host, programme) {
      super(host, programme);
      this.isOpen = false;
      this.launcher = make("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", click: () => this.toggle() });
      this.panel = make("dialog", { class: "panel", "aria-labelledby": "title", keydown: (event) => this.onKey(event) });
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

    /** Show the panel beside the page, or where it covers the page in its place; then focus what had the focus there. */
    show(focused) {
      if (this.panel.open) this.panel.close();
      this.panel.setAttribute("aria-modal", String(this.narrow.matches));
      if (this.narrow.matches) this.panel.showModal();
      else this.panel.show();
      if (focused && focused !== this.launcher) focused.focus();
      else this.focusKey("close");
    }

    close() {
      if (!this.isOpen) return;
      this.isOpen = false;
      this.panel.close();
      this.streakId = null;
      this.programme.won = [];
      this.draw();
      if (this.launcher.hidden && this.cameFrom) this.cameFrom.focus();
      else this.launcher.focus();
      this.programme.tell("close", {});
    }

    render() {
      this.place();
      if (this.isOpen) this.fillPanel(this.panel, this.closeButton());
      else this.panel.replaceChildren();
      this.renderLauncher();
    }

    closeButton() {
      const name = this.programme.texts.closeButton;
      return make(
        "button",
        { type: "button", class: "square", "aria-label": name, "data-key": "close", click: () => this.close() },
        picture("close"),
      );
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

  /** The same inside of a page: no launcher, nothing that opens. */
  class InlineView extends View {
    constructor(host, programme) {
      super(host, programme);
      this.panel = make("section", { class: "inline", "aria-labelledby": "title" });
      this.root.append(this.panel, this.said);
      this.root.classList.add("within");
    }

    get isShown() {
      return true;
    }

    render() {
      this.fillPanel(this.panel, null);
    }

    remove() {
      this.shadow.replaceChildren();
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

  /** `<gamopanda-streaks>`: shows what `initialize` has started, in the midst of a page. */
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
