/* What has to be said before, or without, an answer of the server. */

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
export const RIGHT_TO_LEFT = /^(ar|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)(?![a-z])/i;

/** Return the language of the texts that are there before an answer; pages write `pt_BR.UTF-8` as well as `pt-BR`. */
export function offlineLanguage(asked) {
  const [language] = asked.toLowerCase().split(/[^a-z]/);
  return Object.hasOwn(OFFLINE_TEXTS, language) ? language : "en";
}

export function offlineTexts(asked) {
  const texts = OFFLINE_TEXTS[offlineLanguage(asked)];
  const [title, loading, unavailable, retryButton, closeButton, signedOut, signInButton] = texts;
  const names = { launcherTitle: title, panelTitle: title };
  return { ...names, loading, unavailable, retryButton, closeButton, signedOut, signInButton };
}
