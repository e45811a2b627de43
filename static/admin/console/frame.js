/* The display in the frame of the preview: it asks as it does everywhere, and here the page around it answers. */
(() => {
  "use strict";

  let programme = null;
  let display = null;
  let shown = null;

  window.fetch = async () =>
    new Response(JSON.stringify({ data: programme }), { headers: { "content-type": "application/json" } });

  /** Show a programme as the server answers it to a member; called by the page around the frame. */
  window.showProgramme = (data, member) => {
    programme = data;
    const languageCode = data.languageCode;
    // The display of another member starts anew: what the last one reached is no news.
    if (display && member === shown) return display.setLanguage(languageCode);
    shown = member;
    const options = { accountId: "preview", accessToken: "preview", languageCode, launcher: false };
    display = Gamopanda.initialize(options);
    return null;
  };
})();
