/* The page of a streak: steps, lengths that count down, variables to insert, and the rules read back. */
import { startCounting } from "./lengths.js";
import "./milestones.js";
import { startPreview } from "./preview.js";
import { startReadyTexts } from "./ready.js";
import { startReadingBack } from "./rules.js";
import { startTabs } from "./tabs.js";
import { startWarning } from "./unsaved.js";
import { startInserting } from "./variables.js";

const data = JSON.parse(document.getElementById("console-data").textContent);
const form = document.getElementById("streak_form");

startTabs(document.getElementById("console"), form);
startCounting(form, data.words);
startInserting(form, data);
startReadingBack(form, data);
startReadyTexts(form, data);
startPreview(form, data);
startWarning(form);
