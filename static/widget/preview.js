/* The display in the frame of the settings: an invented programme, and the settings as they are being typed. */
(() => {
  "use strict";

  const day = 24 * 3600 * 1000;
  const inHours = (hours) => new Date(Date.now() + hours * 3600 * 1000).toISOString();
  const reward = {
    id: "preview-reward",
    linkedSchemaRecordId: "preview-streak",
    milestoneId: "preview-3",
    milestone: { eudTitle: "5% off", eudDescription: "Three days in a row earn 5% off." },
    couponCode: "SAVE5-7Q4M9XKT2",
    rewardStatus: "issued",
    rewardExpiryAt: new Date(Date.now() + 7 * day).toISOString(),
    redeemedAt: null,
    eudMilestoneRewardInstructionMessage: "Enter this code at checkout.",
  };
  const streak = {
    id: "preview-streak",
    eudTitle: "7-Day Shopper",
    eudDescription: "Spend $50 or more every day for 7 days in a row.",
    eudIcon: new URL("../streaks/default-icon.svg", document.currentScript.src).href,
    eudViewDetailsButtonText: "View Details",
    aggregationPeriod: "daily",
    completionTargetValue: 7,
    streakProgress: {
      id: "preview-run",
      streakProgressStatus: "in_progress",
      currentProgressValue: 3,
      streakBreaksAt: inHours(9.5),
    },
    taskProgress: { currentValue: 29.5, targetValue: 50, status: "in_progress", periodEndsAt: inHours(9.5) },
    display: {
      statusLabel: "In Progress",
      messages: [
        "Shop for $20.50 or more for 2 days to complete the next milestone!",
        "Shop for $20.50 or more to complete the day 4 streak!",
      ],
    },
    milestones: [
      { id: "preview-3", milestoneTargetValue: 3, eudTitle: "5% off", isReached: true, rewardLog: reward },
      { id: "preview-5", milestoneTargetValue: 5, eudTitle: "Free coffee", isReached: false, rewardLog: null },
      { id: "preview-7", milestoneTargetValue: 7, eudTitle: "Free shipping", isReached: false, rewardLog: null },
    ],
  };

  let widget = null;
  let language = "en";

  // The display sends its usual requests; this page itself answers them.
  window.fetch = async () => {
    const data = { languageCode: language, streaks: [streak], rewards: [reward], widget };
    return new Response(JSON.stringify({ data }), { headers: { "content-type": "application/json" } });
  };

  let display = null;

  /** Show the settings; called by the page around the frame. */
  window.showPreview = (settings, languageCode) => {
    widget = settings;
    language = languageCode;
    if (display) display.setLanguage(language);
    else display = Gamopanda.initialize({ accountId: "preview", accessToken: "preview", languageCode: language });
  };
})();
