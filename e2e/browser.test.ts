import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServiceProcess } from "../bench/support/service-process.ts";
import { launchChromium, openPage } from "./chromium.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const cards = (page: Page): Locator => page.locator(".lub-card");
const monitor = (page: Page): Locator => page.locator(".lub-monitor").first();

async function say(card: Locator, text: string): Promise<void> {
  await card.getByRole("textbox", { name: "Message" }).fill(text);
  await card.getByRole("button", { name: "Send" }).click();
}

/** The chat texts that a card shows, in order. */
const textsOf = (card: Locator): Promise<string[]> =>
  card.locator("[data-part=message-text]").allTextContents();

describe("the console in Chromium", () => {
  it("opens with one session, shows a beat with its latency, and is healthy", async () => {
    await using service = await startServiceProcess(["--interval", "1s"]);
    await using view = await openPage(browser, service.httpUrl);
    const { page } = view;
    await cards(page).first().waitFor();
    expect(await cards(page).count()).toBe(1);

    await page.getByRole("tab", { name: /Heartbeat/ }).click();
    await monitor(page).and(page.locator("[data-status=connected]")).waitFor();
    await monitor(page)
      .getByText(/\d+(\.\d+)?\s*ms/)
      .first()
      .waitFor();
    expect(await monitor(page).getAttribute("data-connection")).toBe("open");
    expect(view.complaints).toEqual([]);
  });

  it("moves the progress to the next beat", async () => {
    await using service = await startServiceProcess(["--interval", "10s"]);
    await using view = await openPage(browser, service.httpUrl);
    const { page } = view;
    await page.getByRole("tab", { name: /Heartbeat/ }).click();
    await monitor(page).and(page.locator("[data-status=connected]")).waitFor();
    const bar = monitor(page).getByRole("progressbar");
    const first = Number(await bar.getAttribute("aria-valuenow"));
    const moved = await page.waitForFunction((from) => {
      const now = Number(
        document.querySelector(".lub-monitor [role=progressbar]")?.getAttribute("aria-valuenow"),
      );
      return now > from ? now : false;
    }, first);
    expect(await moved.jsonValue()).toBeGreaterThan(first);
  });

  it("switches the tabs of a card by mouse and by keyboard", async () => {
    await using service = await startServiceProcess(["--interval", "1s"]);
    await using view = await openPage(browser, service.httpUrl);
    const { page } = view;
    const chat = page.getByRole("tab", { name: /Chat/ });
    const heartbeat = page.getByRole("tab", { name: /Heartbeat/ });
    const selected = (tab: Locator): Promise<string | null> => tab.getAttribute("aria-selected");

    await heartbeat.click();
    expect(await selected(heartbeat)).toBe("true");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    expect(await selected(chat)).toBe("true");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    expect(await selected(heartbeat)).toBe("true");
    expect(await page.getByRole("tabpanel").filter({ visible: true }).count()).toBe(1);
  });

  it("passes chat between two cards of a room, and not into another room", async () => {
    await using service = await startServiceProcess(["--interval", "1s"]);
    await using view = await openPage(browser, service.httpUrl);
    const { page } = view;
    await page.getByRole("button", { name: "Add session" }).click();
    await page.getByRole("textbox", { name: "Room" }).fill("elsewhere");
    await page.getByRole("button", { name: "Add session" }).click();
    await cards(page).nth(2).waitFor();

    await say(cards(page).nth(0), "hello from the first");
    await cards(page).nth(1).getByText("hello from the first").waitFor();
    await say(cards(page).nth(1), "hello back");
    await cards(page).nth(0).getByText("hello back").waitFor();
    expect(await textsOf(cards(page).nth(0))).toEqual(["hello from the first", "hello back"]);
    expect(await textsOf(cards(page).nth(1))).toEqual(["hello from the first", "hello back"]);
    expect(await textsOf(cards(page).nth(2))).toEqual([]);
  });

  it("keeps its session over a reload, and two browser tabs have sessions of their own", async () => {
    await using service = await startServiceProcess(["--interval", "1s"]);
    await using one = await openPage(browser, service.httpUrl);
    await using two = await openPage(browser, service.httpUrl);
    const idOf = async (page: Page): Promise<string> => {
      await cards(page).first().and(page.locator("[data-connection=open]")).waitFor();
      const shown = cards(page).first().locator("[data-part=session-id]");
      await shown.filter({ hasText: /\w{4}/ }).waitFor();
      return (await shown.textContent())?.trim() ?? "";
    };
    const before = await idOf(one.page);
    expect(await idOf(two.page)).not.toBe(before);
    await one.page.reload();
    expect(await idOf(one.page)).toBe(before);
  });

  it("comes back from a killed and restarted server with no message lost or doubled", async () => {
    const flags = ["--interval", "1s"];
    const first = await startServiceProcess(flags);
    const port = new URL(first.httpUrl).port;
    await using view = await openPage(browser, first.httpUrl);
    const { page } = view;
    await page.getByRole("button", { name: "Add session" }).click();
    const [left, right] = [cards(page).nth(0), cards(page).nth(1)];
    await say(left, "before");
    await right.getByText("before").waitFor();

    await first.end("SIGKILL");
    await page.locator(".lub-card[data-connection=reconnecting]").nth(1).waitFor();
    for (const text of ["away 1", "away 2", "away 3"]) await say(left, text);
    await say(right, "away too");
    await using _second = await startServiceProcess([...flags, "--port", port]);

    await page.locator(".lub-card[data-status=connected][data-connection=open]").nth(1).waitFor();
    await right.getByText("away 3").waitFor();
    await left.getByText("away too").waitFor();
    const own = (texts: string[]): string[] => texts.filter((text) => /^away \d/.test(text));
    for (const card of [left, right]) {
      const texts = await textsOf(card);
      expect([...texts].sort()).toEqual(["away 1", "away 2", "away 3", "away too", "before"]);
      expect(own(texts)).toEqual(["away 1", "away 2", "away 3"]);
    }
  });
});
