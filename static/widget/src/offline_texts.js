/* The texts that are needed before an answer of the server, or without one. */
import ar from "../../../gamopanda/widget/shipped_texts/ar.json";
import de from "../../../gamopanda/widget/shipped_texts/de.json";
import en from "../../../gamopanda/widget/shipped_texts/en.json";
import es from "../../../gamopanda/widget/shipped_texts/es.json";
import fr from "../../../gamopanda/widget/shipped_texts/fr.json";
import hi from "../../../gamopanda/widget/shipped_texts/hi.json";
import ja from "../../../gamopanda/widget/shipped_texts/ja.json";
import pt from "../../../gamopanda/widget/shipped_texts/pt.json";

const OFFLINE_TEXTS = { ar, de, en, es, fr, hi, ja, pt };
export const RIGHT_TO_LEFT = /^(ar|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)(?![a-z])/i;

/** Return the language of these texts; pages write `pt_BR.UTF-8` as well as `pt-BR`. */
export function offlineLanguage(asked) {
  const [language] = asked.toLowerCase().split(/[^a-z]/);
  return Object.hasOwn(OFFLINE_TEXTS, language) ? language : "en";
}

export const offlineTexts = (asked) => OFFLINE_TEXTS[offlineLanguage(asked)];
