/** The display for members. Copy this file into your project; docs/widget.md explains every name. */

declare namespace Gamopanda {
  interface Theme {
    colorScheme?: "light" | "dark" | "auto";
    primaryColor?: string;
    primaryTextColor?: string;
    secondaryColor?: string;
    secondaryTextColor?: string;
    backgroundColor?: string;
    bodyTextColor?: string;
    fontFamily?: string;
    borderRadius?: number;
  }

  interface UsedReward {
    rewardLogId: string;
    milestoneId: string;
    streakId: string;
  }

  interface Options {
    accountId: string;
    accessToken?: string | null;
    refreshAccessToken?: () => string | null | Promise<string | null>;
    languageCode?: string;
    theme?: "light" | "dark" | "auto" | Theme;
    alignment?: "bottom_right" | "bottom_left";
    alignmentPositionX?: number;
    alignmentPositionY?: number;
    launcherIcon?: "flame" | "gift" | "star" | "trophy" | "heart" | "bolt" | (string & {});
    launcherTitle?: string;
    launcher?: boolean;
    signInUrl?: string;
    onSignIn?: () => void;
    useCodeUrl?: string;
    onUseCode?: (code: string, reward: UsedReward) => void;
    apiUrl?: string;
  }

  interface Display {
    open(): void;
    close(): void;
    refresh(): Promise<void>;
    setAccessToken(token: string | null): Promise<void>;
    setLanguage(languageCode: string): Promise<void>;
    destroy(): void;
  }

  interface Events {
    "gamopanda:ready": CustomEvent<{ languageCode: string; isGuest: boolean }>;
    "gamopanda:open": CustomEvent<Record<string, never>>;
    "gamopanda:close": CustomEvent<Record<string, never>>;
    "gamopanda:milestone": CustomEvent<UsedReward>;
    "gamopanda:completed": CustomEvent<{ streakId: string; streakProgressId: string }>;
    "gamopanda:broken": CustomEvent<{ streakId: string; streakProgressId: string }>;
    "gamopanda:error": CustomEvent<{ code: string; status: number; message: string }>;
  }
}

declare const Gamopanda: {
  initialize(options: Gamopanda.Options): Gamopanda.Display;
  /** The display that is on the page; null before it is started and after destroy(). */
  readonly display: Gamopanda.Display | null;
};

interface Window {
  /** The script starts by itself with these options. */
  gamopandaOptions?: Gamopanda.Options;
  /** Missing until the script has come, and where it is blocked. */
  Gamopanda?: typeof Gamopanda;
}

interface DocumentEventMap extends Gamopanda.Events {}

interface HTMLElementTagNameMap {
  "gamopanda-streaks": HTMLElement;
}
