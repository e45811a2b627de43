// The quick start with the types that openapi-typescript writes from the description alone.
import jwt from "jsonwebtoken";
import type { components, paths } from "./api.js";

type Schemas = components["schemas"];
type Answer<Operation> = Operation extends { responses: { 200: { content: { "application/json": infer Body } } } }
  ? Body
  : Operation extends { responses: { 201: { content: { "application/json": infer Body } } } }
    ? Body
    : never;
type Rewards = Answer<paths["/api/v1.0/schema/reward_log/record"]["get"]>;
type NewStreak = Answer<paths["/api/v1.0/schema/streak/record"]["post"]>;
type NewMilestone = Answer<paths["/api/v1.0/schema/milestone/record"]["post"]>;
type NewLog = Answer<paths["/api/v1.0/schema/streak_log/record"]["post"]>;
type Display = Answer<paths["/api/v1.0/end-user-display"]["get"]>;

const { GAMOPANDA_URL, API_KEY, API_SECRET, ACCOUNT_ID } = process.env as Record<string, string>;
const server = { "x-api-key": API_KEY!, "x-api-secret": API_SECRET! };

async function call<Body>(method: string, path: keyof paths, headers: Record<string, string>, body?: unknown) {
  const response = await fetch(`${GAMOPANDA_URL}${path}`, {
    method,
    headers: { ...headers, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(((await response.json()) as Schemas["Error"]).error.message);
  return (await response.json()) as Body;
}

const newStreak: Schemas["StreakRequest"] = {
  name: "7-Day Shopper",
  description: "Spend $50 a day for a week.",
  status: "live",
  aggregationTargetValue: 50,
  completionTargetValue: 7,
};
const streak = (await call<NewStreak>("POST", "/api/v1.0/schema/streak/record", server, newStreak)).data;

const newMilestone: Schemas["MilestoneRequest"] = {
  linkedSchemaRecordId: streak.id,
  name: "Day 1",
  milestoneTargetValue: 1,
  status: "live",
};
await call<NewMilestone>("POST", "/api/v1.0/schema/milestone/record", server, newMilestone);

const purchase = (number: string, value: number | string): Schemas["NewLogRequest"] => ({
  streakId: streak.id,
  ownedBy: { externalId: "customer-17", firstName: "Ann" },
  activityAt: new Date().toISOString(),
  activityId: "made_a_purchase",
  uniqueIdentifier: number,
  activityValue: value,
});
const log = "/api/v1.0/schema/streak_log/record";
const first = (await call<NewLog>("POST", log, server, purchase("order-1", 29.5))).data;
const missing: number = first.streakProgress.taskProgress.remainingValue;
const second = (await call<NewLog>("POST", log, server, purchase("order-2", "20.50"))).data;
const code: string | null | undefined = second.achievedMilestoneRewardLog?.couponCode;

const rewards = await call<Rewards>("GET", "/api/v1.0/schema/reward_log/record", server);
const hasMore: boolean = rewards.paging.hasMore;

// Signed by the real package, with its defaults.
const token = jwt.sign({ sub: ACCOUNT_ID, userData: { externalId: "customer-17" } }, API_SECRET!, {
  keyid: API_KEY!,
  expiresIn: "30m",
});
const endUser = { "x-enduser-access-token": token, "x-account-id": ACCOUNT_ID! };
const programme = (await call<Display>("GET", "/api/v1.0/end-user-display", endUser)).data;
const label: string = programme.streaks[0]!.display.statusLabel;

console.log(JSON.stringify([missing, rewards.data[0]?.couponCode === code, hasMore, label, programme.rewards.length]));
