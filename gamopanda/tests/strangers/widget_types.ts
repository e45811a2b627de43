// What a page in TypeScript says to the display; what is wrong has to be refused.
window.gamopandaOptions = { accountId: "gamopanda", languageCode: document.documentElement.lang };

const display: Gamopanda.Display = Gamopanda.initialize({
  accountId: "gamopanda",
  refreshAccessToken: async () => (await fetch("/token")).text(),
  theme: { primaryColor: "#0f766e", borderRadius: 8 },
  launcherIcon: "https://shop.example/icon.svg",
  onUseCode: (code, { rewardLogId }) => console.log(code, rewardLogId),
});
display.refresh().then(() => Gamopanda.display?.setAccessToken(null));
document.addEventListener("gamopanda:milestone", (event) => console.log(event.detail.milestoneId));

// @ts-expect-error accountId is missing
Gamopanda.initialize({ languageCode: "de" });
// @ts-expect-error there is no such corner
Gamopanda.initialize({ accountId: "gamopanda", alignment: "top" });
// @ts-expect-error the script may be blocked
window.Gamopanda.initialize({ accountId: "gamopanda" });
window.Gamopanda?.display?.refresh();
