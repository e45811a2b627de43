/* Changes since the last answer. */

export function currentState({ streakProgress: run, taskProgress }) {
  return JSON.stringify([run && [run.id, run.streakProgressStatus, run.currentProgressValue], taskProgress.currentValue]);
}

/** Return the sentences of a streak that has moved, each with its language where that is named. */
export function newsOf({ eudTitle, display }, texts) {
  const { statusLabel, statusLabelLanguage, messages, messageLanguages = [] } = display;
  const sentences = [[eudTitle || texts.untitledStreak], [statusLabel, statusLabelLanguage], [messages[0], messageLanguages[0]]];
  return sentences.filter(([text]) => text).map(([text, lang]) => ({ text, lang }));
}
