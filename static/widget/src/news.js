/* Changes since the last answer. */

export function currentState({ streakProgress: run, taskProgress }) {
  return JSON.stringify([run && [run.id, run.streakProgressStatus, run.currentProgressValue], taskProgress.currentValue]);
}

export function newsOf({ eudTitle, display }, texts) {
  return `${eudTitle || texts.untitledStreak}: ${[display.statusLabel, display.messages[0]].filter(Boolean).join(". ")}`;
}
